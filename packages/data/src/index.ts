export { dataConfigSchema, type DataConfig, type CheckedDataConfig } from './config/data-config.ts';
export type {
  BadLine,
  Batch,
  BatchOptions,
  Dataset,
  DatasetReport,
  DatasetSchema,
  FeatureBatch,
  FeatureSchema,
  ProgressListener,
  SplitName,
  TableReport,
} from './dataset.ts';
export { mix32, murmur3 } from './hash.ts';
export { openDataset, type OpenOptions } from './open-dataset.ts';
export { presetCardinalities, scaledCardinalities, type PresetName } from './presets.ts';
