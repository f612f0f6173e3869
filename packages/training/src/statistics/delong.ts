import { error } from '../error.ts';
import { twoSided, Z_95 } from './normal.ts';

/** Two AUCs on the same rows. */
export interface PairedAucs {
  readonly auc: readonly [number, number];
  /** auc[0] - auc[1] */
  readonly difference: number;
  readonly standardError: number;
  /** Two-sided p-value that both are equal; 1 if the scores rank all rows alike. */
  readonly p: number;
  /** The 95 % interval of the difference. */
  readonly low: number;
  readonly high: number;
}

/**
 * Compares the AUCs of two scores of the same rows, for other rows drawn like these: DeLong, DeLong and Clarke-Pearson 1988, by
 * the midranks of Sun and Xu 2014. Ties count one half. O(n log n).
 *
 * @param labels [n], 0 or 1, at least two of each
 * @param first [n]
 * @param second [n]
 * @throws `training/bad-statistics`
 */
export function deLong(
  labels: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): PairedAucs {
  const n = labels.length;
  if (first.length !== n || second.length !== n) {
    const rule = `must have a number for each of the ${n} labels`;
    throw error('bad-statistics', { subject: 'deLong, scores', rule, got: [first.length, second.length] });
  }
  requireNumbers('deLong, scores', [first, second]);
  const positives = placesOf(labels, 1);
  const negatives = placesOf(labels, 0);
  if (Math.min(positives.length, negatives.length) < 2 || positives.length + negatives.length < n) {
    const rule = 'must be 0 and 1, and at least two of each';
    throw error('bad-statistics', { subject: 'deLong, labels', rule, got: `${positives.length} of 1` });
  }
  const [a, b] = [componentsOf(first, positives, negatives), componentsOf(second, positives, negatives)];
  const difference = a.auc - b.auc;
  const variance =
    varianceOfDifference(a.positive, b.positive) / positives.length +
    varianceOfDifference(a.negative, b.negative) / negatives.length;
  const standardError = Math.sqrt(variance);
  const p = standardError === 0 ? (difference === 0 ? 1 : 0) : twoSided(difference / standardError);
  const reach = Z_95 * standardError;
  return {
    auc: [a.auc, b.auc],
    difference,
    standardError,
    p,
    low: difference - reach,
    high: difference + reach,
  };
}

/** NaN has no rank. @throws `training/bad-statistics` */
export function requireNumbers(subject: string, scores: readonly ArrayLike<number>[]): void {
  for (const each of scores) {
    const place = Array.from(each).findIndex(Number.isNaN);
    if (place >= 0)
      throw error('bad-statistics', { subject: `${subject}[${place}]`, rule: 'must be a number', got: NaN });
  }
}

/** For each positive the share of negatives below it, for each negative the share of positives above it. */
function componentsOf(scores: ArrayLike<number>, positives: Uint32Array, negatives: Uint32Array) {
  const own = (rows: Uint32Array) => Array.from(rows, (row) => scores[row]!);
  const [above, below] = [own(positives), own(negatives)];
  const [m, n] = [above.length, below.length];
  const all = midranks([...above, ...below]);
  const positive = midranks(above).map((rank, i) => (all[i]! - rank) / n);
  const negative = midranks(below).map((rank, j) => 1 - (all[m + j]! - rank) / m);
  return { auc: positive.reduce((sum, each) => sum + each, 0) / m, positive, negative };
}

/** Ranks from 1; equal values share the mean of theirs. */
function midranks(values: readonly number[]): Float64Array {
  const sorted = Float64Array.from(values).sort();
  return Float64Array.from(values, (value) => {
    const below = countUntil(sorted, (each) => each >= value);
    const notAbove = countUntil(sorted, (each) => each > value);
    return (below + notAbove + 1) / 2;
  });
}

/** How many values come before the first that has reached the mark, in order. */
function countUntil(sorted: Float64Array, reached: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Of a - b, over n - 1. */
function varianceOfDifference(a: Float64Array, b: Float64Array): number {
  const differences = a.map((each, i) => each - b[i]!);
  const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
  return differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (differences.length - 1);
}

function placesOf(labels: ArrayLike<number>, label: 0 | 1): Uint32Array {
  const places: number[] = [];
  for (let i = 0; i < labels.length; i++) if (labels[i] === label) places.push(i);
  return Uint32Array.from(places);
}
