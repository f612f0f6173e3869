import type { Frequencies } from './frequencies.ts';

/**
 * Assumptions about tables that are not trained yet. The defaults were fitted to trained models; the README of this package
 * lists the runs and how well expected losses predict the order of measured ones.
 */
export interface LossPrior {
  /** The share of a table's variance that ids share by their digits; ids ordered by frequency do. */
  readonly structure: number;
  /** The shared part that a TT misses falls by a factor of e for each `rankScale` ranks. */
  readonly rankScale: number;
  /**
   * Parameters of a TT that the row of one id takes. A model needs one or two numbers of an id, not all D in which they are
   * written.
   */
  readonly ownNumbers: number;
  /**
   * The same for ids in no order, as behind a hash: a slice then serves ids that have nothing in common, and each takes more
   * parameters.
   */
  readonly mixedNumbers: number;
  /** What rows of fewer than D columns miss falls by a factor of e for each `columnScale` columns. */
  readonly columnScale: number;
  /** The share of reads that goes to other ids than in training, to all alike. What was learnt of frequent ids is worth less then. */
  readonly drift: number;
}

export const defaultPrior: LossPrior = {
  structure: 0.5,
  rankScale: 3,
  ownNumbers: 2,
  mixedNumbers: 6,
  columnScale: 1,
  drift: 0,
};

/** The least expected loss of a compressed table. It falls to 0 as its parameters approach those of the dense one. */
const LEAST_LOSS = 1e-3;

/** A measurement: the share of its weighted variance that a trained table loses at one rank. See `pilotTT`. */
export interface PilotPoint {
  readonly rank: number;
  readonly loss: number;
}

/** A factored table: what its expected loss depends on. */
export interface Factored {
  readonly frequencies: Frequencies;
  readonly rank: number;
  readonly parameters: number;
  readonly embeddingDim: number;
  /** False for ids in no order: digits mean nothing, and a pilot on the table does not apply. */
  readonly sharesDigits?: boolean;
}

/** The expected loss of one table as a TT or in a related form, as a share of its variance over reads. */
export class TTLoss {
  readonly prior: LossPrior;
  readonly #pilot: readonly PilotPoint[];
  readonly #ordered: boolean;

  /**
   * @param pilot by ascending rank; empty without a trained table
   * @param ordered false for ids in no order: without a pilot, nothing is expected of shared digits
   */
  constructor(prior: LossPrior, pilot: readonly PilotPoint[] = [], ordered = true) {
    this.prior = prior;
    this.#pilot = pilot;
    this.#ordered = ordered;
  }

  /** Whether losses were measured on a trained table. */
  get isMeasured(): boolean {
    return this.#pilot.length > 0;
  }

  /**
   * The loss of a TT. With a pilot: interpolated between its ranks in log rank and log loss, constant outside them.
   *
   * Without: the variance has two parts. Of the part that ids share by their digits, e^{-rank / rankScale} is lost. The part
   * that is an id's alone is kept for the most frequent ids, parameters / ownNumbers of them, and lost for the others.
   */
  of(table: Factored): number {
    const { rank, sharesDigits = true } = table;
    if (this.isMeasured && sharesDigits) return interpolated(this.#pilot, rank);
    const { ownNumbers, mixedNumbers } = this.prior;
    return this.#expected(table, sharesDigits && this.#ordered ? ownNumbers : mixedNumbers);
  }

  /**
   * The loss of products of two rows: that of a TT by the prior, except that an id takes `ownNumbers` parameters even
   * if ids are in no order, because its two slices are rows and not matrices.
   */
  ofProduct(product: Factored): number {
    return this.#expected(product, this.prior.ownNumbers);
  }

  /** The share of reads that will go to the `count` ids that were the most frequent in training. */
  readsOf(frequencies: Frequencies, count: number): number {
    const { drift } = this.prior;
    return (1 - drift) * frequencies.massBelow(count) + drift * Math.min(1, count / frequencies.size);
  }

  #expected(table: Factored, numbers: number): number {
    const { frequencies, rank, parameters, embeddingDim, sharesDigits = true } = table;
    const { structure, rankScale } = this.prior;
    const shared = sharesDigits && this.#ordered ? structure : 0;
    const own = 1 - this.readsOf(frequencies, parameters / numbers);
    const least = LEAST_LOSS * Math.max(0, 1 - parameters / (frequencies.size * embeddingDim));
    return Math.max(least, shared * Math.exp(-rank / rankScale) + (1 - shared) * own);
  }

  /**
   * The loss of rows of `columns` numbers that a shared matrix projects to D: e^{-columns / columnScale}. A model uses few
   * directions of a row: in the runs behind the prior, 1, 2, 4 and 8 columns of 32 lost 13, 4, 1 and 1 % of what the table
   * was worth (Taobao), and of 16 columns 14, 11, 10 and 4 % (synthetic).
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
