import type { EncodedRows } from '@ttrec/data';
import type { RawColumns, RawRow } from '@ttrec/data/encoding';
import type { RankerColumn } from '../../columns.ts';
import type { Scores } from '../../ranker.ts';

/** The value of a column in a row. */
export type RawCell = RawRow[string];

/** The rows of one request, in one of three forms. B is their number. */
export type ScoringInput =
  | { readonly form: 'columns'; readonly size: number; readonly columns: RawColumns }
  | {
      /** One context against B candidates. */
      readonly form: 'ranking';
      readonly size: number;
      readonly context: RawRow;
      readonly candidates: RawColumns;
    }
  | { readonly form: 'encoded'; readonly size: number; readonly rows: ScoringRows };

/** Rows as ids and numbers. */
export type ScoringRows = Pick<EncodedRows, 'size' | 'dense' | 'features'>;

/** Why the rows of one request have no scores. Plain data, which can be sent between threads. */
export interface ScoringFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export type ScoringResult = Scores | { readonly fault: ScoringFault };

/** What a model reads. */
export interface ModelInputs {
  /** Columns of raw values. */
  readonly columns: readonly RankerColumn[];
  /** Number of dense columns. */
  readonly denseFeatures: number;
  /** Id features, in the order of `ScoringRows.features`. */
  readonly features: readonly { readonly name: string; readonly numEmbeddings: number }[];
}

/** A model that scores the rows of several requests at once: a ranker in this thread, or a pool of workers. */
export interface ScoringModel {
  readonly inputs: ModelInputs;
  /** Bytes of the loaded weights. */
  readonly loadedBytes: number;
  /** How many calls of `score` run at the same time. */
  readonly concurrency: number;
  /**
   * Scores requests, one result each: a request that cannot be scored does not fail the others.
   *
   * @throws HttpError with status 503 if none could be scored, as when a worker dies
   */
  score(inputs: readonly ScoringInput[]): Promise<readonly ScoringResult[]>;
  dispose(): Promise<void>;
}
