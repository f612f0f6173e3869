export type { PlanFeature } from './features.ts';
export { pilotTT } from './losses/pilot.ts';
export { defaultPrior, type LossPrior, type PilotPoint } from './losses/tt-loss.ts';
export { optionGenerators } from './options/generators.ts';
export { parseBytes } from './parse-bytes.ts';
export {
  plan,
  Planner,
  type FrontierPoint,
  type ModelPlan,
  type PlannedTable,
  type PlannerOptions,
} from './planner.ts';
export type { CompressProgress } from './compress/compress-progress.ts';
export { compressTable, type CompressedTable, type CompressOptions } from './compress/compress-table.ts';
export type { FineTuneOptions, FineTuneReport } from './compress/fine-tune.ts';
export type { ReconstructionReport, RowsError } from './compress/reconstruction-report.ts';
export { loadTable, tableFileContent, type TableFile, type TableFileContent } from './compress/table-file.ts';
