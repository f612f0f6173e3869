import type { Frequencies } from './frequencies.ts';

/**
 * What is assumed of tensor trains of a table that is not trained yet. The defaults were fitted to trained models; the
 * README of this package has the runs, and how well the order by expected loss agrees with the order by measured loss.
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
}

export const defaultTrainPrior: TrainPrior = { structure: 0.5, rankScale: 2, ownNumbers: 2 };

/** Nothing compressed is taken for lossless: what is left of it at the least, as a share, before it has as many numbers as the table. */
const LEAST_LOSS = 1e-3;

/** What a trained table showed: the share of its weighted variance lost at some ranks. See `pilotTrains`. */
export interface PilotPoint {
  readonly rank: number;
  readonly loss: number;
}

/** The expected loss of tensor trains of one table, as a share of the table's variance over reads. */
export class TrainLoss {
  readonly #prior: TrainPrior;
  readonly #pilot: readonly PilotPoint[];

  /** @param pilot by rising rank; empty where nothing is trained yet */
  constructor(prior: TrainPrior, pilot: readonly PilotPoint[] = []) {
    this.#prior = prior;
    this.#pilot = pilot;
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
   *
   * @param train.sharesDigits false where ids come mixed, so that digits mean nothing and no pilot can tell
   */
  of(train: {
    readonly frequencies: Frequencies;
    readonly rank: number;
    readonly parameters: number;
    readonly embeddingDim: number;
    readonly sharesDigits?: boolean;
  }): number {
    const { frequencies, rank, parameters, embeddingDim, sharesDigits = true } = train;
    if (this.isMeasured && sharesDigits) return interpolated(this.#pilot, rank);
    const { structure, rankScale, ownNumbers } = this.#prior;
    const shared = sharesDigits ? structure : 0;
    const own = 1 - frequencies.massBelow(parameters / ownNumbers);
    const least = LEAST_LOSS * Math.max(0, 1 - parameters / (frequencies.size * embeddingDim));
    return Math.max(least, shared * Math.exp(-rank / rankScale) + (1 - shared) * own);
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
