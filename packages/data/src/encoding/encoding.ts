import type { Texts } from '../cells/text-list.ts';
import type { TimePart } from '../cells/time.ts';
import { rowsForUnseen, type Unseen } from '../ids/unseen.ts';

/**
 * Turns raw values into the ids and dense numbers that training used. `createEncoder` applies it to rows; `encodingBytes` and `readEncoding`
 * write and read files.
 *
 * The version covers what no field records: the hash functions, the order of rows (those for unseen values come first), and row 0 of
 * a hashed table (missing values).
 */
export type Encoding = CriteoEncoding | CsvEncoding;

export const ENCODING_VERSION = 1;

interface CommonEncoding {
  readonly version: typeof ENCODING_VERSION;
  /** The share of positives among the training rows. */
  readonly baseRate: number;
}

/** The 26 tables in order. Dense columns of this format have a fixed transform. */
export interface CriteoEncoding extends CommonEncoding {
  readonly format: 'criteo';
  /** Whether flags of missing integers follow the integers; false by default. */
  readonly missingFlags?: boolean | undefined;
  readonly tables: readonly CriteoTableEncoding[];
}

export interface CsvEncoding extends CommonEncoding {
  readonly format: 'csv';
  /** What turns the log-odds among drawn negatives into those among all pairs, where negatives were drawn. */
  readonly logOddsShift?: number | undefined;
  /** Shares held out by a split by a column, for training that continues with later rows. */
  readonly heldOut?: HeldOut | undefined;
  /** Cells of these values are empty ones. */
  readonly naValues?: readonly string[] | undefined;
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

/** A value is the number of its row. */
export interface RowEncoding {
  readonly table: string;
  readonly kind: 'row';
  readonly rows: number;
}

export type CriteoTableEncoding = HashEncoding | CriteoVocabulary;

/** With `u` rows for unseen values, the value at row r is `values[r - u]`. */
export interface CriteoVocabulary extends Unseen {
  readonly table: string;
  readonly kind: 'vocabulary';
  /** [numEmbeddings - u] The entry at `emptyRow - u` is unused. */
  readonly values: Uint32Array;
  /** The row of an empty cell; 0 if there is none. */
  readonly emptyRow: number;
}

/** With `u` rows for unseen values, the value at row r is `values.at(r - u)`. */
export interface CsvVocabulary extends Unseen {
  readonly table: string;
  readonly kind: 'vocabulary';
  /** [numEmbeddings - u] The empty cell is a value like any other. */
  readonly values: Texts;
}

export type CsvTableEncoding = HashEncoding | RowEncoding | CsvVocabulary;

export interface CsvDenseEncoding {
  readonly column: string;
  /** The column by default. */
  readonly name?: string | undefined;
  readonly time?: TimePart | undefined;
  /** For `age`: the latest time of the training rows, in days since 1970. */
  readonly latest?: number | undefined;
  readonly clip?: readonly [least: number, most: number] | undefined;
  readonly transform: 'none' | 'log1p' | 'standardise' | 'quantile' | 'missing';
  /** The value of an empty cell, after the transform. */
  readonly missing: number;
  /** For `quantile`: the values from which on the second bucket starts, the third, … */
  readonly boundaries?: readonly number[] | undefined;
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
  /** The column of the weights of ids. */
  readonly weights?: string | undefined;
  readonly time?: TimePart | undefined;
  /** The values from which on the second bucket starts, the third, … */
  readonly boundaries?: readonly number[] | undefined;
  /** The column whose value is the second of the pair. */
  readonly cross?: string | undefined;
}

/** Rows of the table, those for unseen or missing values included. */
export function numEmbeddingsOf(table: CriteoTableEncoding | CsvTableEncoding): number {
  if (table.kind === 'row') return table.rows;
  return table.kind === 'hash' ? table.buckets : table.values.length + rowsForUnseen(table);
}
