import type { Frequencies } from './frequencies.ts';

/**
 * What is assumed of tables that are not trained yet, beside how often their ids are read. The defaults were fitted to
 * trained models; the README of this package has the runs, and how well the order by expected loss agrees with the order by
 * measured loss.
 */
export interface TrainPrior {
  /** The share of a table's variance that ids have in common by their digits, as ids ordered by frequency do. */
  readonly structure: number;
  /** Ranks over which that part is learned: what is missing of it falls by e for so many more. */
  readonly rankScale: number;
  /**
   * Numbers of a train that one row of its own takes: what a model needs to know of an id, which is one or two numbers, and
   * not the D in which it is written.
   */
  readonly ownNumbers: number;
  /**
   * The same where ids come mixed, as behind a hash: a slice then serves ids that have nothing to do with each other, and
   * more numbers go into each.
   */
  readonly mixedNumbers: number;
  /** Columns over which rows of fewer than D are learned: what is missing of them falls by e for so many more. */
  readonly columnScale: number;
}

export const defaultTrainPrior: TrainPrior = {
  structure: 0.5,
  rankScale: 3,
  ownNumbers: 2,
  mixedNumbers: 6,
  columnScale: 1,
};

/** Nothing compressed is taken for lossless: what is left of it at the least, as a share, before it has as many numbers as the table. */
const LEAST_LOSS = 1e-3;

/** What a trained table showed: the share of its weighted variance lost at some ranks. See `pilotTrains`. */
export interface PilotPoint {
  readonly rank: number;
  readonly loss: number;
}

/** A table of fewer numbers than N·D, as a loss is expected of it. */
export interface Factored {
  readonly frequencies: Frequencies;
  readonly rank: number;
  readonly parameters: number;
  readonly embeddingDim: number;
  /** False where ids come mixed, so that digits mean nothing and no pilot can tell. */
  readonly sharesDigits?: boolean;
}

/** The expected loss of tensor trains of one table, and of their cousins, as a share of the table's variance over reads. */
export class TrainLoss {
  readonly prior: TrainPrior;
  readonly #pilot: readonly PilotPoint[];
  readonly #ordered: boolean;

  /**
   * @param pilot by rising rank; empty where nothing is trained yet
   * @param ordered false where ids come in no order, so that without a pilot digits mean nothing
   */
  constructor(prior: TrainPrior, pilot: readonly PilotPoint[] = [], ordered = true) {
    this.prior = prior;
    this.#pilot = pilot;
    this.#ordered = ordered;
  }

  /** Whether losses come from a trained table. */
  get isMeasured(): boolean {
    return this.#pilot.length > 0;
  }

  /**
   * From a pilot: interpolated between its ranks, on scales of log rank and log loss, and held beyond them.
   *
   * From the prior: the variance has two parts. What ids share by their digits is missing by e^{-rank / rankScale}. What
   * each id has of its own cannot be shared, and is held for the most frequent ids, as many as `ownNumbers` goes into the
   * parameters; reads of the others find nothing.
   */
  of(train: Factored): number {
    const { rank, sharesDigits = true } = train;
    if (this.isMeasured && sharesDigits) return interpolated(this.#pilot, rank);
    const { ownNumbers, mixedNumbers } = this.prior;
    return this.#expected(train, sharesDigits && this.#ordered ? ownNumbers : mixedNumbers);
  }

  /**
   * Of products of two rows: as of trains by the prior, but for mixed ids, of which a row of its own still takes
   * `ownNumbers`: each has two slices that are rows, and not entries of matrices.
   */
  ofProduct(product: Factored): number {
    return this.#expected(product, this.prior.ownNumbers);
  }

  #expected(table: Factored, numbers: number): number {
    const { frequencies, rank, parameters, embeddingDim, sharesDigits = true } = table;
    const { structure, rankScale } = this.prior;
    const shared = sharesDigits && this.#ordered ? structure : 0;
    const own = 1 - frequencies.massBelow(parameters / numbers);
    const least = LEAST_LOSS * Math.max(0, 1 - parameters / (frequencies.size * embeddingDim));
    return Math.max(least, shared * Math.exp(-rank / rankScale) + (1 - shared) * own);
  }

  /**
   * Of rows in a subspace of `columns` dimensions, which each id has for itself: e^{-columns / columnScale} is missing. A
   * model reads a row by a few of its directions: in the runs behind the prior, 1, 2, 4 and 8 columns of 32 lost 13, 4, 1
   * and 1 % of what the table was worth (Taobao), of 16 columns 14, 11, 10 and 4 % (synthetic).
   */
  ofColumns(columns: number, embeddingDim: number): number {
    if (columns >= embeddingDim) return 0;
    const least = LEAST_LOSS * (1 - columns / embeddingDim);
    return Math.max(least, Math.exp(-columns / this.prior.columnScale));
  }
}

function interpolated(pilot: readonly PilotPoint[], rank: number): number {
  const after = pilot.findIndex((point) => point.rank >= rank);
  if (after === 0) return pilot[0]!.loss;
  if (after < 0) return pilot.at(-1)!.loss;
  const [a, b] = [pilot[after - 1]!, pilot[after]!];
  const share = Math.log(rank / a.rank) / Math.log(b.rank / a.rank);
  // A loss of 0 has no logarithm.
  const log = (loss: number) => Math.log(Math.max(loss, 1e-12));
  return Math.exp(log(a.loss) + share * (log(b.loss) - log(a.loss)));
}
