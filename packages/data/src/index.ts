export { dataConfigSchema, type DataConfig, type CheckedDataConfig } from './config/data-config.ts';
export type {
  BadLine,
  Batch,
  Boundary,
  BatchOptions,
  Dataset,
  DatasetReport,
  DatasetSchema,
  EncodedRows,
  FeatureBatch,
  FeatureSchema,
  ProgressListener,
  SplitName,
  TableReport,
} from './dataset.ts';
export { encodingDigest } from './encoding/digest.ts';
export { encodingDifference, type Difference } from './encoding/difference.ts';
export { encodingSchema } from './encoding/encoding-schema.ts';
export { numEmbeddingsOf } from './encoding/encoding.ts';
export type {
  CriteoEncoding,
  CriteoTableEncoding,
  CriteoVocabulary,
  CsvDenseEncoding,
  CsvEncoding,
  CsvFeatureEncoding,
  CsvTableEncoding,
  CsvVocabulary,
  Encoding,
  HashEncoding,
  HeldOut,
  Statistics,
} from './encoding/encoding.ts';
export { readEncoding } from './encoding/read.ts';
export type { Unseen, UnseenPolicy } from './ids/unseen.ts';
export { createEncoder, type Encoder } from './encoding/create-encoder.ts';
export type { RawCell, RawColumns, RawRow, RawValue } from './encoding/raw-rows.ts';
export { encodingBytes } from './encoding/write.ts';
export { mix32, murmur3 } from './ids/hash.ts';
export { sampleCsv, type CsvSample } from './csv/sample.ts';
export type { FileLike, Files } from './read/read-files.ts';
export type { OpenOptions } from './config/open-options.ts';
export { openDataset } from './open-dataset.ts';
export { presetCardinalities, scaledCardinalities, type PresetName } from './synthetic/presets.ts';
