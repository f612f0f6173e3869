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
export { createEncoder, createIdEncoder, type Encoder } from './encoding/create-encoder.ts';
export { decodeEncoding } from './encoding/file/decode.ts';
export { encodingDifference } from './encoding/checks/difference.ts';
export { encodingDigest } from './encoding/file/digest.ts';
export { encodingSchema } from './encoding/encoding-schema.ts';
export type { Encoding } from './encoding/encoding.ts';
export type { Texts } from './cells/text-list.ts';
export type { RawColumns, RawRow, RowSource } from './encoding/raw-rows.ts';
export { readEncoding } from './encoding/file/read.ts';
export { encodingBytes } from './encoding/file/write.ts';
export type { ColumnType } from './inspect/column-stats.ts';
export { inspect, type InspectedColumn, type Inspection, type InspectOptions } from './inspect/inspect.ts';
export type { Choice } from './inspect/propose.ts';
export { openDataset } from './open-dataset.ts';
export {
  readRows,
  type ReadRowsOptions,
  type RowBlock,
  type RowBlocks,
  type RowFile,
} from './records/read-rows.ts';
export type { FileLike } from './read/read-files.ts';
export { presetCardinalities, type PresetName } from './synthetic/presets.ts';
