export type { LearningRates } from './training/apply-update.ts';
export type { DlrmBatch, LabelledBatch } from './batch.ts';
export { ScoringDlrm, type PredictOptions } from './scoring-dlrm.ts';
export { Dlrm, type StepResult } from './dlrm.ts';
export type { DlrmConfig, DlrmConfigInput, DlrmOptions } from './dlrm-config.ts';
export type { InteractionConfig } from './interaction/interaction-config.ts';
export type { WideConfig } from './wide-term.ts';
export { schemaConfig, type DlrmForOptions, type ModelSchema, type SchemaOptions } from './schema-config.ts';
export { probabilities } from './metrics/probabilities.ts';
export { auc } from './metrics/auc.ts';
export { aucByFrequency, type FrequencyBand } from './metrics/auc-by-frequency.ts';
export { binaryMetrics, type BinaryMetrics, type BinaryMetricsOptions } from './metrics/binary-metrics.ts';
export {
  probabilityMetrics,
  type CalibrationBin,
  type ProbabilityMetrics,
  type ProbabilityMetricsOptions,
} from './metrics/probability-metrics.ts';
export { rankingMetrics, type RankingMetrics } from './metrics/ranking-metrics.ts';
export type { ModelOptimizer } from './config/model-optimizer.ts';
