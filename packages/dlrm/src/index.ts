export type { DlrmBatch, LabelledBatch } from './batch.ts';
export type { DenseParameter } from './dense-parameter.ts';
export {
  Dlrm,
  type ModelGradients,
  type ModelParameter,
  type PredictOptions,
  type StepResult,
} from './dlrm.ts';
export {
  dlrmShape,
  type DlrmConfig,
  type DlrmConfigInput,
  type DlrmOptions,
  type DlrmShape,
  type InteractionConfig,
} from './dlrm-config.ts';
export { schemaConfig, type DlrmForOptions, type ModelSchema, type SchemaOptions } from './schema-config.ts';
export { probabilities } from './metrics/probabilities.ts';
export { auc } from './metrics/auc.ts';
export { binaryMetrics, type BinaryMetrics, type BinaryMetricsOptions } from './metrics/binary-metrics.ts';
export { Mlp, type MlpOptions } from './mlp.ts';
export { mlpWeightBytes } from './weight-bytes.ts';
