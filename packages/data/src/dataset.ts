/**
 * What every reader gives: a schema, counts, and batches. A trainer needs nothing else.
 *
 * Letters: B rows of a batch, L lookups of a feature in a batch.
 */

import type { Encoding } from './encoding/encoding.ts';
import type { UnseenPolicy } from './ids/unseen.ts';

/** A part of the data. Vocabularies and statistics see `train` only. */
export type SplitName = 'train' | 'validation' | 'test';

export const splitNames: readonly SplitName[] = ['train', 'validation', 'test'];

/** What a dataset's rows look like. */
export interface DatasetSchema {
  /** Names of the dense columns, in the order of `Batch.dense`. */
  readonly dense: readonly string[];
  /** The categorical features, in the order of `Batch.features`. */
  readonly features: readonly FeatureSchema[];
}

export interface FeatureSchema {
  readonly name: string;
  /** The table, and so the vocabulary, that it uses. Several features may share one. */
  readonly table: string;
  /** Rows of that table; every index is below it. */
  readonly numEmbeddings: number;
  /** False when every bag holds exactly one id. */
  readonly multiValued: boolean;
}

/** The bags of one feature. Bag b is `indices[offsets[b] … offsets[b + 1] - 1]`. */
export interface FeatureBatch {
  /** [L] */
  readonly indices: Uint32Array;
  /** [B + 1] Single-valued features of a batch share one array. */
  readonly offsets: Uint32Array;
}

/** Rows as ids and numbers, columnar. Owned by the receiver: nothing writes into it later. */
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

/** Encoded rows of a dataset. */
export interface Batch extends EncodedRows {
  /** [B] 0 or 1 */
  readonly labels: Float32Array;
  /** [B] The logit of each label's true probability. Only a synthetic stream knows it. */
  readonly trueLogits?: Float64Array;
}

/** A batch as a format makes it. */
export type UnnamedBatch = Omit<Batch, 'byName'>;

export interface BatchOptions {
  readonly split: SplitName;
  readonly batchSize: number;
  /** 0 by default. Each epoch has its own training order. */
  readonly epoch?: number;
  /** Starts after this many batches of the same order; what follows is bit for bit the same. */
  readonly skipBatches?: number;
  /** True by default for `train`, false for the others, which then keep file order. */
  readonly shuffle?: boolean;
}

/** A row that could not be used. */
export interface BadLine {
  readonly file: string;
  /** Counted from 1, the header included. */
  readonly line: number;
  /** The column at fault, by number and name; absent when the whole line is. */
  readonly column?: string | undefined;
  /** What was found there; a text with control characters escaped, cut to 200 characters. */
  readonly got: string | number;
  /** What must hold. */
  readonly rule: string;
}

/** How well one vocabulary, or one hashed table, covers its features. */
export interface TableReport {
  readonly table: string;
  /** `given`: a synthetic stream makes ids, not values. */
  readonly kind: 'vocabulary' | 'hash' | 'given';
  readonly numEmbeddings: number;
  /** Different values among training rows; absent where none were counted: hashed tables, given vocabularies. */
  readonly distinct?: number | undefined;
  /** What becomes of values that the vocabulary lacks. Absent for a hashed table. */
  readonly unseen?: UnseenPolicy | undefined;
  /** Share of lookups whose value the vocabulary lacks. Absent for a hashed table. */
  readonly outOfVocabulary?: { readonly train: number; readonly heldOut: number };
}

/** The numbers of a column from which on rows are held out; Infinity where none are. */
export interface Boundary {
  readonly column: string;
  readonly validationFrom: number;
  readonly testFrom: number;
  /** Whether the config has another boundary, which all rows of the training that goes on have passed. */
  readonly isMoved: boolean;
}

/** What opening the data found. Counts cover all splits. */
export interface DatasetReport {
  /** The file, or how the stream was made. */
  readonly source: string;
  /** Usable rows read, before `distinct` merges any. */
  readonly rowsRead: number;
  readonly badLines: { readonly count: number; readonly first: readonly BadLine[] };
  /** Empty cells, by dense column or feature; only those that have any. */
  readonly missing: Readonly<Record<string, number>>;
  readonly tables: readonly TableReport[];
  /** Of a split by the number in a column. */
  readonly boundary?: Boundary | undefined;
  /** Rows for which a joined file has no partner, by that file. */
  readonly unmatched: Readonly<Record<string, number>>;
}

export interface Dataset {
  readonly schema: DatasetSchema;
  readonly rows: Readonly<Record<SplitName, number>>;
  /**
   * Rows with label 1. A file's splits are all counted on opening; a synthetic stream counts none, since that would
   * take as long as reading it.
   */
  readonly positives: Readonly<Partial<Record<SplitName, number>>>;
  /**
   * The share of positives among training rows, from which a model's output bias may start. Exact for a file;
   * for a synthetic stream the base rate that its truth was calibrated to.
   */
  readonly baseRate: number;
  /**
   * What turned raw values into ids and dense numbers, to be kept with a model; undefined for a synthetic stream, which
   * has no raw values.
   */
  readonly encoding: Encoding | undefined;
  /**
   * 32 hexadecimal digits that stand for what the batches hold: the label, numbers, ids and split of every row, and the order of the
   * rows. Any other data gives another digest; the same file, config and seed give the same one, in Node and in a page. Of a Criteo file
   * it also covers values that have no row of a vocabulary; of a synthetic stream it is the digest of config and seed. Shuffling and
   * batch sizes have no part in it.
   */
  readonly digest: string;
  readonly report: DatasetReport;
  /**
   * The batches of a split; the last may be smaller.
   * @throws `data/bad-batch-options`, `data/unknown-option`, `data/bad-option`, at the first batch asked for
   */
  batches(options: BatchOptions): AsyncIterable<Batch>;
}

/** Told about every few thousand rows while a dataset opens. */
export type ProgressListener = (progress: {
  /** `count` and `vocabulary` passes of a Criteo file, `read` or `join FILE` of a CSV. */
  readonly phase: string;
  readonly rows: number;
  /** Bytes of the file as stored, compressed if it is. */
  readonly bytesRead?: number;
  readonly totalBytes?: number;
}) => void;

/** A dataset as a format makes it. */
export type OpenedDataset = Omit<Dataset, 'batches'> & {
  batches(options: BatchOptions): AsyncIterable<UnnamedBatch>;
};
