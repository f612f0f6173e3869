export {
  countedFrequencies,
  followsFrequency,
  Frequencies,
  zipfFrequencies,
  type FrequencyBlock,
} from './frequencies.ts';
export { CollisionLoss } from './collision-loss.ts';
export type { PlanFeature } from './features.ts';
export { optionGenerators } from './generators.ts';
export type { Candidate, OptionGenerator, TableToPlan } from './option-generator.ts';
export { parseBytes } from './parse-bytes.ts';
export { pilotTrains } from './pilot.ts';
export {
  plan,
  Planner,
  type FrontierPoint,
  type ModelPlan,
  type PlannedTable,
  type PlannerOptions,
} from './planner.ts';
export {
  defaultTrainPrior,
  TrainLoss,
  type Factored,
  type PilotPoint,
  type TrainPrior,
} from './train-loss.ts';
export type { CompressProgress } from './compress/compress-progress.ts';
export { compressTable, type CompressedTable, type CompressOptions } from './compress/compress-table.ts';
export type { FineTuneOptions, FineTuneReport } from './compress/fine-tune.ts';
export type { ReconstructionReport, RowsError } from './compress/reconstruction-report.ts';
export { loadTable, tableFileContent, type TableFile, type TableFileContent } from './compress/table-file.ts';
