import type { PricedTable } from './priced-table.ts';

/** A way to store all tables of a model, to be tried. */
export interface MeasuredCandidate {
  /** Unique, such as `low-rank, bytes by size`. */
  readonly name: string;
  /** The kind of all tables that are compressed; undefined for a mixture of kinds. */
  readonly single: string | undefined;
  readonly tables: readonly PricedTable[];
}

/** One training, from its start or from where it stands to a share of its length. */
export interface Trial {
  readonly candidate: MeasuredCandidate;
  /** Of the model's start. The same seed is the same start of whatever the candidates have in common. */
  readonly seed: number;
  /** Above 0, at most 1: the whole training. */
  readonly share: number;
  /** Whether the candidate is trained no further from this seed. */
  readonly isLast?: boolean | undefined;
  /** Seconds after which it is stopped, at once if none are left; unlimited by default. */
  readonly limit?: number | undefined;
}

/** What a trial came to on validation rows. */
export interface Measurement {
  /** The mean of `rows`: log-loss, or 1 - AUC. Smaller is better. */
  readonly loss: number;
  /**
   * [validation rows] What each row adds: the mean is `loss`, and the variance of the mean of differences of two candidates is that of
   * their losses.
   */
  readonly rows: Float32Array;
  /** What the trial took, beyond what had been trained before. */
  readonly seconds: number;
  /** Of these, what it takes whatever its share: to start, and to score. 0 by default. */
  readonly scoring?: number | undefined;
}

/** Trains and scores; undefined if it was stopped, or took longer than its limit. Trials of one candidate and seed come with rising shares. */
export type Measurer = (trial: Trial) => Promise<Measurement | undefined>;
