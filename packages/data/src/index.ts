export { dataConfigSchema, type DataConfig } from './config/data-config.ts';
export type { OpenOptions, Progress } from './config/open-options.ts';
export { sampleCsv } from './csv/sample.ts';
export type {
  BadLine,
  Batch,
  BatchOptions,
  BatchSpan,
  Dataset,
  DatasetReport,
  DatasetSchema,
  EncodedRows,
  FeatureBatch,
  FeatureSchema,
  NegativesReport,
  SharedRows,
  SplitName,
  TableReport,
} from './dataset.ts';
export { readEncoding } from './encoding/file/read.ts';
export { openDataset } from './open-dataset.ts';
export type { ReadingWorkers } from './parts/reading-workers.ts';
export type { FileLike } from './read/read-files.ts';
export { readSecondsOf } from './streamed/read-seconds.ts';
export { presetCardinalities, type PresetName } from './synthetic/presets.ts';
