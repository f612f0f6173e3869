/** Encodings and what encodes rows by them, without the readers of files; and the parts of an encoding, for code that looks inside. */
export { createEncoder, createIdEncoder, type Encoder } from './create-encoder.ts';
export { encodingDifference } from './checks/difference.ts';
export { encodingDigest } from './file/digest.ts';
export { decodeEncoding } from './file/decode.ts';
export { encodingSchema } from './encoding-schema.ts';
export { encodingBytes } from './file/write.ts';
export type { TimePart } from '../cells/time.ts';
export type { UnseenPolicy } from '../ids/unseen.ts';
export type { Difference } from './checks/difference.ts';
export {
  numEmbeddingsOf,
  type CriteoEncoding,
  type CriteoTableEncoding,
  type CriteoVocabulary,
  type CsvDenseEncoding,
  type CsvEncoding,
  type CsvFeatureEncoding,
  type CsvTableEncoding,
  type CsvVocabulary,
  type Encoding,
  type HashEncoding,
  type HeldOut,
  type RowEncoding,
  type Statistics,
} from './encoding.ts';
export type { Texts } from '../cells/text-list.ts';
export type { RawCell, RawColumns, RawRow, RawValue, RowSource } from './raw-rows.ts';
export { murmur3 } from '../ids/hash.ts';
export type { Unseen } from '../ids/unseen.ts';
