export type { LearningRates } from './training/apply-update.ts';
export { weightOfRows, type DlrmBatch, type LabelledBatch } from './batch.ts';
export type { ModelParameter } from './model-parameter.ts';
export { ScoringDlrm, type PredictOptions } from './scoring-dlrm.ts';
export type { DenseParameter } from './layers/dense-parameter.ts';
export { Dlrm, meanLoss, type ModelGradients, type PartResult, type StepResult } from './dlrm.ts';
export {
  dlrmShape,
  type DlrmConfig,
  type DlrmConfigInput,
  type DlrmOptions,
  type DlrmShape,
} from './dlrm-config.ts';
export type { InteractionConfig } from './interaction/interaction-config.ts';
export { wideTables, type WideConfig } from './wide-term.ts';
export { schemaConfig, type DlrmForOptions, type ModelSchema, type SchemaOptions } from './schema-config.ts';
export type { BatchPart } from './shards/batch-part.ts';
export type {
  GradientLayout,
  HostGradients,
  SubtreeGradients,
  TableLayout,
} from './shards/part-gradients.ts';
export { addSubtrees, RowMerger, type SubtreeRows } from './shards/row-sums.ts';
export type { ShardSums, SumOfRows } from './shards/shard-sums.ts';
export { subtreesOf, type ShardRange } from './shards/shard-tree.ts';
export { probabilities } from './metrics/probabilities.ts';
export { auc } from './metrics/auc.ts';
export { aucByFrequency, type FrequencyBand } from './metrics/auc-by-frequency.ts';
export { binaryMetrics, type BinaryMetrics, type BinaryMetricsOptions } from './metrics/binary-metrics.ts';
export type { Activations } from './layers/activations.ts';
export { Mlp } from './training/mlp.ts';
export type { MlpInitialisation, MlpOptions, RowMasks } from './layers/forward-mlp.ts';
export { modelDemands } from './config/require-model-room.ts';
export { denseWeightBytes } from './weight-bytes.ts';
export {
  probabilityMetrics,
  type CalibrationBin,
  type ProbabilityMetrics,
  type ProbabilityMetricsOptions,
} from './metrics/probability-metrics.ts';
export { rankingMetrics, type RankingMetrics } from './metrics/ranking-metrics.ts';
export type { ModelOptimizer } from './config/model-optimizer.ts';
