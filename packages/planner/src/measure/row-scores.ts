import { tQuantile } from '@ttrec/training/statistics';
import type { Measurement } from './measurement.ts';

export const metrics = ['auc', 'log-loss'] as const;

/** What candidates are compared by. */
export type Metric = (typeof metrics)[number];

/**
 * What each row adds to a loss. With weights the loss is a ratio of two sums, and rows what they add to its linearisation.
 * @param weights [n] of the rows, not all 0; 1 each by default
 * @returns `rows` [n] and their mean, as in `Measurement`
 */
export function rowScores(
  metric: Metric,
  labels: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights?: Float32Array,
): Pick<Measurement, 'loss' | 'rows'> {
  const weightOf = (row: number) => weights?.[row] ?? 1;
  if (metric === 'auc') return aucScores(labels, logits, weightOf);
  const plain = logLossScores(labels, logits);
  if (!weights) return plain;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const loss = plain.rows.reduce((sum, row, i) => sum + row * weightOf(i), 0) / total;
  const share = weights.length / total;
  return { loss, rows: plain.rows.map((row, i) => loss + share * weightOf(i) * (row - loss)) };
}

function logLossScores(labels: ArrayLike<number>, logits: ArrayLike<number>) {
  const rows = Float32Array.from(logits, (logit, i) => {
    const z = labels[i]! > 0.5 ? -logit : logit;
    return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  });
  return { loss: meanOf(rows), rows };
}

/**
 * 1 - AUC. A positive adds the share of negatives that are not below it, a negative the share of positives that are not above it
 * (ties count one half), weighted so that the variance of the mean is DeLong's. Shares are by weight. O(n log n).
 *
 * DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating characteristic curves",
 * Biometrics 44, 1988.
 */
function aucScores(labels: ArrayLike<number>, logits: ArrayLike<number>, weightOf: (row: number) => number) {
  const count = logits.length;
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => logits[a]! - logits[b]!);
  let [positives, negatives] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (labels[i]! > 0.5) positives += weightOf(i);
    else negatives += weightOf(i);
  }
  const misplaced = new Float64Array(count);
  let [positivesBelow, negativesBelow] = [0, 0];
  for (let start = 0; start < count;) {
    let end = start;
    let [tiedPositives, tiedNegatives] = [0, 0];
    for (; end < count && logits[order[end]!] === logits[order[start]!]; end++) {
      const row = order[end]!;
      if (labels[row]! > 0.5) tiedPositives += weightOf(row);
      else tiedNegatives += weightOf(row);
    }
    for (let at = start; at < end; at++) {
      const row = order[at]!;
      misplaced[row] =
        labels[row]! > 0.5
          ? 1 - (negativesBelow + tiedNegatives / 2) / negatives
          : (positivesBelow + tiedPositives / 2) / positives;
    }
    positivesBelow += tiedPositives;
    negativesBelow += tiedNegatives;
    start = end;
  }
  let sum = 0;
  for (let row = 0; row < count; row++) if (labels[row]! > 0.5) sum += weightOf(row) * misplaced[row]!;
  const loss = sum / positives;
  const rows = Float32Array.from(misplaced, (value, row) => {
    const share = (count / (labels[row]! > 0.5 ? positives : negatives)) * weightOf(row);
    return loss + share * (value - loss);
  });
  return { loss, rows };
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** A difference of losses and half the width of its 95 % interval. */
export interface Difference {
  readonly mean: number;
  readonly halfWidth: number;
}

const NORMAL95 = 1.96;

/** What seeds add to the difference of two mean losses: its standard error and degrees of freedom. */
export interface SeedError {
  readonly error: number;
  readonly freedom: number;
}

/**
 * The seed error of any two of some candidates, from the losses of all over the same seeds: what remains of them without the mean of
 * each candidate and of each seed. Two seeds of one pair have one degree of freedom, and an interval that says nothing.
 *
 * @param losses [candidates][seeds]; undefined for fewer than two of either
 */
export function seedErrorOf(losses: readonly (readonly number[])[]): SeedError | undefined {
  const seeds = losses[0]?.length ?? 0;
  if (losses.length < 2 || seeds < 2) return undefined;
  const means = losses.map(meanOf);
  const seedMeans = Array.from({ length: seeds }, (_, s) => meanOf(losses.map((own) => own[s]!)));
  const mean = meanOf(means);
  let squares = 0;
  losses.forEach((own, c) =>
    own.forEach((loss, s) => {
      squares += (loss - means[c]! - seedMeans[s]! + mean) ** 2;
    }),
  );
  const freedom = (losses.length - 1) * (seeds - 1);
  return { error: Math.sqrt((2 * squares) / freedom / seeds), freedom };
}

/**
 * How much larger the loss of one candidate is than that of another, over the same seeds on the same rows. Rows and seeds are two
 * sources of chance, whose variances add up; one seed says nothing about the second.
 *
 * @param one measurements by seed
 * @param other of the same seeds
 * @param seedError from more candidates than these two, if there are more
 */
export function pairedDifference(
  one: readonly Measurement[],
  other: readonly Measurement[],
  seedError = seedErrorOf([one, other].map((each) => each.map(({ loss }) => loss))),
): Difference {
  const seeds = one.length;
  const mean = meanOf(one.map(({ loss }, s) => loss - other[s]!.loss));
  const count = one[0]!.rows.length;
  let squares = 0;
  for (let row = 0; row < count; row++) {
    let difference = 0;
    for (let s = 0; s < seeds; s++) difference += one[s]!.rows[row]! - other[s]!.rows[row]!;
    squares += (difference / seeds - mean) ** 2;
  }
  const rowError = Math.sqrt(squares / (count - 1) / count);
  const ofSeeds = seedError === undefined ? 0 : tQuantile(0.975, seedError.freedom) * seedError.error;
  return { mean, halfWidth: Math.hypot(NORMAL95 * rowError, ofSeeds) };
}
