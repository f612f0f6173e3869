import { rowsForUnseen, type Unseen } from '../ids/unseen.ts';

/**
 * What training learnt from raw values, and all that is needed to turn those of other rows into the same ids and dense
 * numbers. `encodingBytes` and `readEncoding` put it into a file and take it out.
 *
 * The version also stands for what no field says: the hash functions, that the rows for unseen values come first, and that
 * row 0 of a hashed table is for missing ones.
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
  /** Of a split by a column. Training that goes on with later rows holds out as many. */
  readonly heldOut?: HeldOut | undefined;
  readonly dense: readonly CsvDenseEncoding[];
  readonly features: readonly CsvFeatureEncoding[];
  readonly tables: readonly CsvTableEncoding[];
}

/** Shares of the rows. */
export interface HeldOut {
  readonly validation: number;
  readonly test: number;
}

export interface HashEncoding {
  readonly table: string;
  readonly kind: 'hash';
  readonly buckets: number;
}

export type CriteoTableEncoding = HashEncoding | CriteoVocabulary;

/** With `u` rows for unseen values, the value at row r is `values[r - u]`. */
export interface CriteoVocabulary extends Unseen {
  readonly table: string;
  readonly kind: 'vocabulary';
  /** [numEmbeddings - u] What is here at `emptyRow - u` means nothing. */
  readonly values: Uint32Array;
  /** The row of an empty cell; 0 if it has none of its own. */
  readonly emptyRow: number;
}

/** With `u` rows for unseen values, the value at row r is `values[r - u]`. */
export interface CsvVocabulary extends Unseen {
  readonly table: string;
  readonly kind: 'vocabulary';
  /** [numEmbeddings - u] The empty cell is a value like any other. */
  readonly values: readonly string[];
}

export type CsvTableEncoding = HashEncoding | CsvVocabulary;

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

/** Rows of the table, those for unseen or missing values included. */
export function numEmbeddingsOf(table: CriteoTableEncoding | CsvTableEncoding): number {
  return table.kind === 'hash' ? table.buckets : table.values.length + rowsForUnseen(table);
}
