export {
  OWN_SIZE,
  type ArmComparison,
  type ArmCurve,
  type ArmResult,
  type ComparisonResults,
  type ComparisonSummary,
  type Crossover,
  type Setting,
  type Spread,
} from './comparison/comparison-results.ts';
export {
  comparisonSchema,
  regimeText,
  type ComparisonSettings,
  type Varied,
} from './comparison/comparison-settings.ts';
export { frequencyDeciles } from './comparison/frequency-deciles.ts';
export {
  pairedRun,
  regimes,
  regimeTraining,
  type PairedRun,
  type PairedRunOptions,
  type PairedSeed,
  type Quality,
  type Regime,
} from './comparison/paired-run.ts';
export { isPlanned, variantConfigs, type TablesToPlan } from './comparison/variant-configs.ts';
export { formatBytes, formatCount, formatMetric } from './format.ts';
export { bestPossible, evaluate, type EvaluateOptions, type Evaluation } from './evaluate.ts';
export { fit, type FitResult } from './fit/fit.ts';
export { plannedSteps, requireShards, shardsFor, type FitOptions } from './fit/fit-options.ts';
export { MetricsWindow, type WindowRows } from './fit/metrics-window.ts';
export {
  ratesOf,
  scheduleOf,
  type ConstantConfig,
  type DecayConfig,
  type RateOption,
  type RateSchedules,
  type Schedule,
  type ScheduleConfig,
  type StepsConfig,
} from './fit/schedule.ts';
export {
  WeightAverage,
  type AveragingConfig,
  type DecayingAveraging,
  type MeanAveraging,
} from './fit/weight-average.ts';
export type { Communicator, Message, Reduction } from './workers/communicator.ts';
export type { Exchange } from './workers/sharded-step.ts';
export { DEFAULT_SHARDS } from './workers/shards.ts';
export {
  createThreadGroup,
  failWorker,
  ThreadCommunicator,
  type ThreadGroup,
} from './workers/thread-communicator.ts';
export { WorkerGroup } from './workers/worker-group.ts';
export { initialState, type TrainingState } from './fit/training-state.ts';
export { chooseTables, type TablesChoice } from './model/choose-tables.ts';
export { modelConfig, type ModelOptions } from './model/model-config.ts';
export * from './model-file.ts';
export { engineSummary } from './model/engine-summary.ts';
export { modelTableRows, summarise, tableRows, type TableRow } from './model/table-prices.ts';
export type {
  CacheRecord,
  DataSummary,
  EngineSummary,
  EvaluationRecord,
  FinalRecord,
  Metrics,
  ProbabilityRecord,
  RankingRecord,
  RunRecord,
  TablesSummary,
  TrainRecord,
  WorkersSummary,
} from './records.ts';
