/**
 * What every reader returns: a schema, counts, and batches.
 *
 * B is the number of rows of a batch, L the number of lookups of a feature in a batch.
 */

import type { Encoding } from './encoding/encoding.ts';
import type { UnseenPolicy } from './ids/unseen.ts';

/** A part of the data. Vocabularies and statistics are learnt from `train` only. */
export type SplitName = 'train' | 'validation' | 'test';

export const splitNames: readonly SplitName[] = ['train', 'validation', 'test'];

/** The columns of a dataset's rows. */
export interface DatasetSchema {
  /** Names of the dense columns, in the order of `Batch.dense`. */
  readonly dense: readonly string[];
  /** The categorical features, in the order of `Batch.features`. */
  readonly features: readonly FeatureSchema[];
}

export interface FeatureSchema {
  readonly name: string;
  /** The table whose rows the ids are. Several features may share one. */
  readonly table: string;
  /** Number of rows of the table. Every index is below it. */
  readonly numEmbeddings: number;
  /** False when every bag holds exactly one id. */
  readonly multiValued: boolean;
}

/** The bags of one feature. Bag b is `indices[offsets[b] … offsets[b + 1] - 1]`. */
export interface FeatureBatch {
  /** [L] */
  readonly indices: Uint32Array;
  /** [B + 1] The single-valued features of a batch share one array. */
  readonly offsets: Uint32Array;
  /** [L] The weights of the ids, where the config has a column of them. */
  readonly perSampleWeights?: Float32Array;
}

/** Rows as ids and numbers, column by column. The caller owns the arrays. */
export interface EncodedRows {
  /** B */
  readonly size: number;
  /** [B][dense columns], row-major */
  readonly dense: Float32Array;
  /** In the order of the schema. */
  readonly features: readonly FeatureBatch[];
  /** The same features by name. */
  readonly byName: Readonly<Record<string, FeatureBatch>>;
}

/** Encoded rows of which all may share some columns: dense numbers of one row, or a feature of one bag, are those of every row. */
export interface SharedRows {
  /** B */
  readonly size: number;
  /** [B or 1][dense columns], row-major */
  readonly dense: Float32Array;
  /** In the order of the schema, each of B bags or one. */
  readonly features: readonly FeatureBatch[];
}

/** Encoded rows with their labels. */
export interface Batch extends EncodedRows {
  /** [B] 0 or 1 */
  readonly labels: Float32Array;
  /** [B] The weights of the rows, where the config has a column of them. */
  readonly weights?: Float32Array;
  /** [B] The groups of the rows, such as users or requests, numbered by first appearance, where the config has a column of them. */
  readonly groups?: Uint32Array;
  /** [B] The logit of each label's true probability. Synthetic streams only. */
  readonly trueLogits?: Float64Array;
}

/** A batch before its features are named. */
export type UnnamedBatch = Omit<Batch, 'byName'>;

export interface BatchOptions {
  readonly split: SplitName;
  readonly batchSize: number;
  /** 0 by default. Each epoch has another training order. */
  readonly epoch?: number | undefined;
  /** Number of batches to leave out at the start of the order. The rest is the same, bit for bit. */
  readonly skipBatches?: number | undefined;
  /** By default true for `train` and false for the other splits, which keep the order of the file. */
  readonly shuffle?: boolean | undefined;
  /** Which rows of a batch of so many are read, all by default: for workers that share batches. */
  readonly part?: ((rows: number) => BatchSpan) | undefined;
}

/** Rows `start … end - 1` of a batch. */
export interface BatchSpan {
  readonly start: number;
  readonly end: number;
}

/** A row that cannot be used. */
export interface BadLine {
  readonly file: string;
  /** Counted from 1, including the header. */
  readonly line: number;
  /** Number and name of the column at fault; undefined when the whole line is. */
  readonly column?: string | undefined;
  /** The value at fault. Control characters are escaped, and a text is cut to 200 characters. */
  readonly got: string | number;
  /** What the value must be. */
  readonly rule: string;
}

/** How well a vocabulary or a hashed table covers its features. */
export interface TableReport {
  readonly table: string;
  /** `given` for a synthetic stream, which makes ids instead of values. */
  readonly kind: 'vocabulary' | 'hash' | 'given';
  readonly numEmbeddings: number;
  /** Distinct values of the training rows; undefined where they are not counted: hashed tables, given vocabularies. */
  readonly distinct?: number | undefined;
  /** If rare values were dropped while reading, for there were too many to count: none that occurs more often than this in all rows. */
  readonly droppedUpTo?: number | undefined;
  /** What becomes of values that the vocabulary lacks; undefined for a hashed table. */
  readonly unseen?: UnseenPolicy | undefined;
  /** Share of lookups whose value the vocabulary lacks; undefined for a hashed table. */
  readonly outOfVocabulary?: { readonly train: number; readonly heldOut: number };
}

/** What was found on opening the data. Counts are over all splits. */
export interface DatasetReport {
  /** The file, or how the stream was made. */
  readonly source: string;
  /** Where rows come from: memory, or disk a window at a time; those of a synthetic stream are made when they are asked for. */
  readonly rowsAre: 'in memory' | 'streamed' | 'generated';
  /** Whether a separate thread reads streamed rows ahead of the caller; false if rows are not streamed. */
  readonly readingThread: boolean;
  /** Usable rows, before `distinct` merges any. */
  readonly rowsRead: number;
  /** Records that break a condition of `where`, if there are any. */
  readonly filtered?: number | undefined;
  /** With `onBadCell: "missing"`: number of values that became missing, by dense column or feature. */
  readonly badCells?: Readonly<Record<string, number>> | undefined;
  readonly badLines: { readonly count: number; readonly first: readonly BadLine[] };
  /** Number of empty cells by dense column or feature, where there are any. */
  readonly missing: Readonly<Record<string, number>>;
  readonly tables: readonly TableReport[];
  /** Of drawn negatives. */
  readonly negatives?: NegativesReport | undefined;
  /** With a split by a column: the numbers from which on rows are held out, Infinity for none. */
  readonly boundary?:
    | {
        readonly column: string;
        readonly validationFrom: number;
        readonly testFrom: number;
        /** True if all rows are past the boundary of the config and `extending` chose another. */
        readonly isMoved: boolean;
      }
    | undefined;
  /** Number of rows without a partner in a joined file, by that file. */
  readonly unmatched: Readonly<Record<string, number>>;
}

/** How negatives are drawn. Positive rows and negatives alternate in every split. */
export interface NegativesReport {
  /** Negatives for each positive row. */
  readonly ratio: number;
  readonly by: 'uniform' | 'popularity';
  /** Users of positive training rows. */
  readonly users: number;
  /** Items of which some are drawn. */
  readonly items: number;
  /**
   * What log-odds among the rows of an epoch lack to be log-odds among all pairs of user and item: log(ratio · pairs with a positive training row /
   * pairs without). A pair counts once, however many rows it has.
   */
  readonly logOddsShift: number;
}

export interface Dataset {
  readonly schema: DatasetSchema;
  /** Number of rows of each split. */
  readonly rows: Readonly<Record<SplitName, number>>;
  /** Number of rows with label 1 in each split. Empty for a synthetic stream, which does not count them. */
  readonly positives: Readonly<Partial<Record<SplitName, number>>>;
  /**
   * The share of positives among the training rows, by their weights where they have them, for the initial output bias of a model.
   * Exact for a file; for a synthetic stream, the base rate of its config.
   */
  readonly baseRate: number;
  /**
   * Turns raw values into the ids and numbers of the batches. Keep it with the model. Undefined for a synthetic stream, which has
   * no raw values.
   */
  readonly encoding: Encoding | undefined;
  /**
   * 32 hexadecimal digits that identify the content of the batches: label, numbers, ids and split of every row, and the order of
   * the rows. Other data has another digest; the same file, config and seed have the same one in Node and in a page. Shuffling and batch
   * sizes don't change it. For a Criteo file it also covers values outside the vocabularies; for a synthetic stream it is a digest of config and
   * seed.
   */
  readonly digest: string;
  readonly report: DatasetReport;
  /**
   * Returns the batches of a split. The last may be smaller.
   * @throws `data/bad-batch-options`, `data/unknown-option`, `data/bad-option`, when the first batch is read; `data/closed-dataset`;
   *   `data/reading-thread-failed`; `data/no-scratch` where the temporary file can no longer be read
   */
  batches(options: BatchOptions): AsyncIterable<Batch>;
  /**
   * Ends the reading thread and deletes the temporary file, if there are any; batches cannot be read afterwards. A dataset that is not
   * closed keeps no process alive, and is cleaned up when it is collected.
   */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A dataset as a format makes it. */
export type OpenedDataset = Omit<Dataset, 'batches' | 'close' | typeof Symbol.asyncDispose> & {
  batches(options: BatchOptions): AsyncIterable<UnnamedBatch>;
  close(): Promise<void>;
};
