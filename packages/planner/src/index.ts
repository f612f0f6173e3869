export { chooseTable, type ChooseTableOptions } from './choose-table.ts';
export type { PlanFeature } from './features.ts';
export { fitToBytes, type FitToBytesOptions, type FittedTable } from './fit-to-bytes/fit-to-bytes.ts';
export { sizedForms } from './fit-to-bytes/forms.ts';
export { integerForms } from './fit-to-bytes/integer-forms.ts';
export type { FitTable, SizedForm } from './fit-to-bytes/sized-form.ts';
export { pilotTT } from './losses/pilot.ts';
export { defaultPrior, type LossPrior, type PilotPoint } from './losses/tt-loss.ts';
export { optionGenerators } from './options/generators.ts';
export { parseBytes } from './parse-bytes.ts';
export {
  plan,
  Planner,
  type FrontierPoint,
  type ModelPlan,
  type Outlook,
  type PlannedTable,
  type PlannerOptions,
} from './planner.ts';
export { tableExchanges, type SharedBatches, type TableExchange } from './workers/exchange-bytes.ts';
export { networks, predictStep, type Network, type StepPrediction } from './workers/predict-step.ts';
