import type { Backend } from '@ttrec/backend';
import type { DatasetSchema, SharedRows } from '@ttrec/data';
import type { Encoder, RawColumns, RawRow } from '@ttrec/data/encoding';
import { probabilities, type ScoringDlrm } from '@ttrec/dlrm';
import { error } from './error.ts';
import { columnsOf, type RankerColumn } from './columns.ts';
import type { FetchReport } from './open/fetch-ranges.ts';
import { contextOf } from './context-of.ts';
import { best, checkTop, type RankedCandidate, type RankOptions } from './top.ts';

/** Rows computed at a time: the memory of a call does not grow with its rows. Results do not depend on it. */
const BATCH_SIZE = 2048;

/** The scores of rows, in their order. */
export interface Scores {
  /** [B] Of the model; if it was trained on drawn negatives, moved to the log-odds among all pairs of user and item. */
  readonly logits: Float64Array;
  /** [B] The sigmoid of each logit, which rounds to 1 past a logit of 37: rank by the logits. */
  readonly probabilities: Float64Array;
}

/** What a ranker is made of. */
export interface RankerParts<Model extends ScoringDlrm> {
  readonly source: string;
  readonly model: Model;
  readonly encoder: Encoder;
  readonly step: number | undefined;
  /** How the model came over the network. */
  readonly fetched?: FetchReport | undefined;
  /** Ends what was opened with the model. */
  readonly close?: (() => Promise<void>) | undefined;
}

/** A trained model that takes raw rows. Calls may overlap; each gives the bits that it gives alone. */
export class Ranker<Model extends ScoringDlrm = ScoringDlrm> {
  /** What was opened, as errors name it. */
  readonly source: string;
  /** The columns that every row must have. */
  readonly columns: readonly RankerColumn[];
  /** What the rows become. */
  readonly schema: DatasetSchema;
  /** The training step of the weights, where it is known. */
  readonly step: number | undefined;
  /** How the model came over the network, where it did. */
  readonly fetched: FetchReport | undefined;
  readonly model: Model;
  /** What turns raw rows into ids and numbers. */
  readonly encoder: Encoder;
  readonly #close: () => Promise<void>;
  /** Calls under way. */
  readonly #pending = new Set<Promise<unknown>>();
  #disposed: Promise<void> | undefined;

  constructor({ source, model, encoder, step, fetched, close = async () => undefined }: RankerParts<Model>) {
    this.source = source;
    this.model = model;
    this.step = step;
    this.fetched = fetched;
    this.schema = encoder.schema;
    this.columns = columnsOf(encoder);
    this.encoder = encoder;
    this.#close = close;
  }

  get backend(): Backend {
    return this.model.backend;
  }

  /**
   * Scores rows, such as `{ user: 'u1', age: 31, tags: ['a', 'b'] }`. Values are those of the training file; null and '' are missing.
   *
   * @throws what `Encoder.encode` throws, naming row and column; `serving/prediction-not-finite`, `serving/disposed`
   */
  score(rows: readonly RawRow[]): Promise<Scores> {
    return this.#call(async () => this.#scores(this.encoder.encode(rows)));
  }

  /** Scores the same rows given column by column. */
  scoreColumns(columns: RawColumns): Promise<Scores> {
    return this.#call(async () => this.#scores(this.encoder.encodeColumns(columns)));
  }

  /**
   * Scores rows that are ids and numbers already, by `schema`. What all of them share may be there once, as `encodeShared` returns it. Throws the
   * same errors as `Dlrm.predict`.
   */
  scoreEncoded(rows: SharedRows): Promise<Scores> {
    return this.#call(async () => this.#scores(rows));
  }

  /**
   * Ranks candidates for one context, the best first: `rank({ user: 'u1' }, [{ item: 'a' }, { item: 'b' }], { top: 10 })`. Logits have the
   * bits that `score` gives for the joined rows. Equal logits keep the order of the candidates.
   *
   * @throws `serving/bad-context`, `serving/column-twice` for a column that a candidate also has, `serving/bad-top`, and what `score` throws
   */
  rank(
    context: RawRow,
    candidates: readonly RawRow[],
    options: RankOptions = {},
  ): Promise<RankedCandidate[]> {
    return this.#call(async () => {
      const top = checkTop(options);
      return best(await this.#logits(this.#encodedCandidates(context, candidates)), top);
    });
  }

  /** The scores of the candidates of `rank`, in their order. Throws the same errors. */
  scoreCandidates(context: RawRow, candidates: readonly RawRow[]): Promise<Scores> {
    return this.#call(async () => this.#scores(this.#encodedCandidates(context, candidates)));
  }

  /** Waits for the calls under way, then frees the model. Later calls are refused with `serving/disposed`. */
  dispose(): Promise<void> {
    this.#disposed ??= Promise.allSettled(this.#pending).then(() => {
      this.model.dispose();
      return this.#close();
    });
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #encodedCandidates(context: RawRow, candidates: readonly RawRow[]): SharedRows {
    return this.encoder.encodeShared(contextOf(context, candidates, this.encoder.columns), candidates);
  }

  async #scores(rows: SharedRows): Promise<Scores> {
    const logits = await this.#logits(rows);
    return { logits, probabilities: probabilities(logits) };
  }

  async #logits(rows: SharedRows): Promise<Float64Array> {
    const logits = new Float64Array(rows.size);
    const broadcast = isShared(rows, this.schema.dense.length);
    for (let start = 0; start < rows.size; start += BATCH_SIZE) {
      const batch = rows.size > BATCH_SIZE ? slice(rows, this.schema.dense.length, start) : rows;
      logits.set(await this.model.predict(batch, { output: 'logits', broadcast }), start);
    }
    const { logOddsShift } = this.encoder;
    for (let row = 0; row < logits.length; row++) {
      logits[row]! += logOddsShift;
      if (!Number.isFinite(logits[row])) throw notFinite(this.source, row, logits[row]!);
    }
    return logits;
  }

  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#disposed) throw disposedError(this.source);
    const result = work();
    this.#pending.add(result);
    try {
      return await result;
    } finally {
      this.#pending.delete(result);
    }
  }
}

export function disposedError(source: string): Error {
  const hint = 'Call dispose after the last use.';
  return error('disposed', { subject: source, rule: 'must not be disposed of', hint });
}

/** Whether something is there once for all rows. */
function isShared({ size, dense, features }: SharedRows, width: number): boolean {
  return (
    size !== 1 &&
    (dense.length !== size * width || features.some(({ offsets }) => offsets.length !== size + 1))
  );
}

function notFinite(source: string, row: number, got: number): Error {
  return error('prediction-not-finite', {
    subject: `${source}, row ${row}`,
    rule: 'the predicted logit must be finite',
    got,
    hint: 'The weights have diverged: use an earlier checkpoint.',
  });
}

/** The rows of a batch, from `start` on. What all rows share stays as it is. */
function slice({ size, dense, features }: SharedRows, width: number, start: number): SharedRows {
  const last = Math.min(start + BATCH_SIZE, size);
  return {
    size: last - start,
    dense: dense.length === size * width ? dense.subarray(start * width, last * width) : dense,
    features: features.map((feature) => {
      const { indices, offsets, perSampleWeights } = feature;
      if (offsets.length !== size + 1) return feature;
      const first = offsets[start]!;
      return {
        indices: indices.subarray(first, offsets[last]),
        offsets: offsets.slice(start, last + 1).map((offset) => offset - first),
        ...(perSampleWeights && { perSampleWeights: perSampleWeights.subarray(first, offsets[last]) }),
      };
    }),
  };
}
