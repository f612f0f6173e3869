/**
 * What training learnt from raw values, and all that is needed to turn those of other rows into the same ids and dense
 * numbers. `encodingBytes` and `readEncoding` put it into a file and take it out.
 *
 * The version also stands for what no field says: the hash functions, and that row 0 is out of vocabulary, or missing.
 */
export type Encoding = CriteoEncoding | CsvEncoding;

export const ENCODING_VERSION = 1;

interface CommonEncoding {
  readonly version: typeof ENCODING_VERSION;
  /** The share of positives among the training rows. */
  readonly baseRate: number;
}

/** Of the 26 tables in order; dense columns of this format are not learnt from. */
export interface CriteoEncoding extends CommonEncoding {
  readonly format: 'criteo';
  readonly tables: readonly CriteoTableEncoding[];
}

export interface CsvEncoding extends CommonEncoding {
  readonly format: 'csv';
  readonly dense: readonly CsvDenseEncoding[];
  readonly features: readonly CsvFeatureEncoding[];
  readonly tables: readonly CsvTableEncoding[];
}

export interface HashEncoding {
  readonly table: string;
  readonly kind: 'hash';
  readonly buckets: number;
}

export type CriteoTableEncoding = HashEncoding | CriteoVocabulary;

export interface CriteoVocabulary {
  readonly table: string;
  readonly kind: 'vocabulary';
  /** [numEmbeddings - 1] The value at row r is `values[r - 1]`. At `emptyRow` it means nothing. */
  readonly values: Uint32Array;
  /** The row of an empty cell; 0 if it has none of its own. */
  readonly emptyRow: number;
}

export type CsvTableEncoding =
  | HashEncoding
  | {
      readonly table: string;
      readonly kind: 'vocabulary';
      /** [numEmbeddings - 1] The value at row r is `values[r - 1]`; the empty cell is a value like any other. */
      readonly values: readonly string[];
    };

export interface CsvDenseEncoding {
  readonly column: string;
  readonly transform: 'none' | 'log1p' | 'standardise';
  /** The value of an empty cell, after the transform. */
  readonly missing: number;
  /** Of the training rows, for `standardise` only. */
  readonly statistics?: Statistics | undefined;
}

export interface Statistics {
  readonly mean: number;
  readonly deviation: number;
}

export interface CsvFeatureEncoding {
  readonly name: string;
  readonly column: string;
  readonly table: string;
  readonly separator?: string | undefined;
}

/** Rows of the table, row 0 included. */
export function numEmbeddingsOf(table: CriteoTableEncoding | CsvTableEncoding): number {
  return table.kind === 'hash' ? table.buckets : table.values.length + 1;
}
