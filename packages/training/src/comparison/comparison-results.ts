import type { Comparison } from '../statistics/verdict.ts';
import type { ComparisonSettings } from './comparison-settings.ts';

/** The budget of arms that have a size of their own. */
export const OWN_SIZE = 'own size';

/** What tuning may choose for an arm at a budget. */
export interface Setting {
  /** Multiplies the learning rate of the tables. */
  readonly tableRate: number;
  /** Bytes are split among tables in proportion to rows^split; without a meaning for arms that have no budget, and planned ones. */
  readonly split: number;
}

/** A mean over seeds. */
export interface Spread {
  readonly mean: number;
  /** The 95 % interval by Student's t; null with one seed. */
  readonly low: number | null;
  readonly high: number | null;
  /** One number a seed. */
  readonly values: readonly number[];
}

/** What an arm came to at a budget. */
export interface ArmResult {
  readonly arm: string;
  readonly budget: string;
  /** Of all tables, with the first seed: with other splits, vocabularies differ a little. */
  readonly bytes: number;
  readonly setting: Setting;
  /** Null where test rows are of one class. */
  readonly auc: Spread | null;
  readonly logLoss: Spread;
  /** Null without validation rows. */
  readonly validationAuc: Spread | null;
  /** Mean test AUC of each decile of rows by the frequency of their rarest id, the rarest first. */
  readonly decileAucs: readonly (number | null)[];
  /** If it is the training of another arm or budget: which. */
  readonly sameAs?: string | undefined;
  /** Of an arm whose tables were chosen by measuring: the candidate that was chosen with the first seed. */
  readonly chosen?: string | undefined;
  /** Seconds of training, all seeds together. */
  readonly seconds: number;
}

/** How an arm differs from another in test AUC. */
export interface ArmComparison extends Omit<Comparison, 'n'> {
  readonly arm: string;
  readonly against: string;
  readonly budget: string;
  /** DeLong over the test rows within a seed, the mean over seeds; null where predictions were not kept. */
  readonly rows: { readonly standardError: number; readonly low: number; readonly high: number } | null;
}

/** What a comparison came to. */
export interface ComparisonResults {
  readonly type: 'comparison';
  readonly name: string;
  readonly settings: ComparisonSettings;
  readonly denseBytes: number;
  readonly testRows: number;
  readonly margin: number;
  readonly arms: readonly ArmResult[];
  readonly comparisons: readonly ArmComparison[];
  /** Budgets that arms cannot be made as small as. */
  readonly unreachable: readonly { readonly arm: string; readonly budget: string }[];
  readonly summary: ComparisonSummary;
}

/** Curves of AUC against bytes, in a few numbers. */
export interface ComparisonSummary {
  readonly curves: readonly ArmCurve[];
  /** Where `tt` and `hash` change places, if both are compared at two budgets at least. */
  readonly crossover: Crossover | null;
}

export interface ArmCurve {
  readonly arm: string;
  /** Mean AUC over the logarithm of bytes, between the budgets that all curves have; null with one budget. */
  readonly area: number | null;
  /** The fewest bytes, between the budgets measured, at which the mean AUC is at most so much below dense; null if none. */
  readonly bytesWithin: { readonly '0.001': number | null; readonly '0.005': number | null };
}

export interface Crossover {
  readonly arms: readonly [string, string];
  /** Geometric mean over the seeds that cross; null if the mean curves do not. */
  readonly bytes: number | null;
  /** The 95 % interval over seeds; null unless every seed crosses. */
  readonly low: number | null;
  readonly high: number | null;
}
