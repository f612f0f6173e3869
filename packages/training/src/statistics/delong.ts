import { checkThat, requireLabels, requireNumbers } from './check.ts';
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
 * sorting once, as Sun and Xu 2014. Ties count one half, and a pair by the product of its weights. O(n log n).
 *
 * @param labels [n], 0 or 1, at least two of each
 * @param first [n]
 * @param second [n]
 * @param weights [n], above 0; 1 each by default. Rows of weight 0 are left out
 * @throws `training/bad-statistics`
 */
export function deLong(
  labels: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  weights?: ArrayLike<number>,
): PairedAucs {
  requireLabels('deLong, labels', labels);
  requireNumbers('deLong, scores', [first, second], labels.length);
  if (weights !== undefined) {
    requireNumbers('deLong, weights', [weights], labels.length);
    const odd = Array.from(weights).find((weight) => !(weight >= 0 && weight < Infinity));
    checkThat(odd === undefined, 'deLong, weights', 'must be finite numbers of at least 0', odd);
  }
  const weightOf = (row: number) => weights?.[row] ?? 1;
  const counted = (row: number) => weightOf(row) > 0;
  const positives = placesOf(labels, 1).filter(counted);
  const negatives = placesOf(labels, 0).filter(counted);
  const isEnough = Math.min(positives.length, negatives.length) >= 2;
  const counts = `${positives.length} of 1, ${negatives.length} of 0`;
  checkThat(isEnough, 'deLong, labels', 'must be 0 and 1, and at least two of each', counts);
  const own = { positives: weigh(positives, weightOf), negatives: weigh(negatives, weightOf) };
  const [a, b] = [componentsOf(first, own), componentsOf(second, own)];
  const difference = a.auc - b.auc;
  const variance =
    varianceOfDifference(a.positive, b.positive, own.positives) +
    varianceOfDifference(a.negative, b.negative, own.negatives);
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

/** Rows of a class, with weights whose mean is 1. */
interface ClassRows {
  readonly rows: Uint32Array;
  readonly weights: Float64Array;
}

function weigh(rows: Uint32Array, weightOf: (row: number) => number): ClassRows {
  const weights = Float64Array.from(rows, weightOf);
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return { rows, weights: weights.map((weight) => weight / mean) };
}

/** For each positive the share of negatives below it, for each negative the share of positives above it. */
function componentsOf(
  scores: ArrayLike<number>,
  { positives, negatives }: { readonly positives: ClassRows; readonly negatives: ClassRows },
) {
  const positive = sharesBelow(scores, positives.rows, negatives);
  const negative = sharesBelow(scores, negatives.rows, positives).map((share) => 1 - share);
  const { weights } = positives;
  const sum = positive.reduce((before, each, i) => before + weights[i]! * each, 0);
  return { auc: sum / weights.length, positive, negative };
}

/** The share of the others that are below each row, by weight; a tie counts one half. */
function sharesBelow(scores: ArrayLike<number>, rows: Uint32Array, others: ClassRows): Float64Array {
  const order = others.rows
    .map((_, i) => i)
    .sort((a, b) => scores[others.rows[a]!]! - scores[others.rows[b]!]!);
  const sorted = Float64Array.from(order, (i) => scores[others.rows[i]!]!);
  const before = new Float64Array(order.length + 1);
  order.forEach((i, at) => (before[at + 1] = before[at]! + others.weights[i]!));
  return Float64Array.from(rows, (row) => {
    const below = before[countUntil(sorted, (each) => each >= scores[row]!)]!;
    const notAbove = before[countUntil(sorted, (each) => each > scores[row]!)]!;
    return (below + notAbove) / 2 / order.length;
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

/** Of the weighted mean of a - b: its squared standard error, over n - 1. */
function varianceOfDifference(a: Float64Array, b: Float64Array, { weights }: ClassRows): number {
  const n = weights.length;
  const differences = a.map((each, i) => each - b[i]!);
  const mean = differences.reduce((sum, each, i) => sum + weights[i]! * each, 0) / n;
  return differences.reduce((sum, each, i) => sum + (weights[i]! * (each - mean)) ** 2, 0) / (n - 1) / n;
}

function placesOf(labels: ArrayLike<number>, label: 0 | 1): Uint32Array {
  const places: number[] = [];
  for (let i = 0; i < labels.length; i++) if (labels[i] === label) places.push(i);
  return Uint32Array.from(places);
}
