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

/** How scores rank rows. Those of one model are made once and compared with any others of the same rows. */
export interface AucRanks {
  readonly auc: number;
  /**
   * [n], of a row of label 1 the share of rows of label 0 below it, of the others the share of rows of label 1 above it. Shares are
   * by weight, and ties count one half.
   */
  readonly shares: Float64Array;
  /** The rows of each label that have weight. */
  readonly classes: readonly [ClassRows, ClassRows];
}

/** Rows of one label, with weights whose mean is 1. */
export interface ClassRows {
  readonly rows: Uint32Array;
  readonly weights: Float64Array;
}

/**
 * Ranks rows by their scores, with one sort, as Sun and Xu 2014. O(n log n).
 *
 * @param labels [n], 0 or 1, at least two of each
 * @param scores [n]
 * @param weights [n], above 0; 1 each by default. Rows of weight 0 are left out
 * @throws `training/bad-statistics`
 */
export function aucRanks(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights?: ArrayLike<number>,
): AucRanks {
  return ranksFor('aucRanks', { labels, weights }, [scores])[0]!;
}

/**
 * Compares the AUCs of two scores of the same rows, for other rows drawn like these: DeLong, DeLong and Clarke-Pearson 1988. Ties count
 * one half, and a pair by the product of its weights. O(n log n). To compare many scores, call `aucRanks` once for each and
 * `deLongOf` for each pair.
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
  const [a, b] = ranksFor('deLong', { labels, weights }, [first, second]);
  return deLongOf(a!, b!);
}

/**
 * `deLong` of scores that are ranked already. O(n).
 *
 * @param first of `aucRanks`
 * @param second of `aucRanks`, for the same labels and weights
 * @throws `training/bad-statistics`
 */
export function deLongOf(first: AucRanks, second: AucRanks): PairedAucs {
  const lengths = [first, second].map((ranks) => (Object(ranks) as Partial<AucRanks>).shares?.length);
  const isPair = lengths[0] !== undefined && lengths[0] === lengths[1];
  checkThat(isPair, 'deLongOf, ranks', 'must be two results of aucRanks for the same rows', lengths);
  const difference = first.auc - second.auc;
  const variance = first.classes.reduce(
    (sum, own) => sum + varianceOfDifference(first.shares, second.shares, own),
    0,
  );
  const standardError = Math.sqrt(variance);
  const p = standardError === 0 ? (difference === 0 ? 1 : 0) : twoSided(difference / standardError);
  const reach = Z_95 * standardError;
  return {
    auc: [first.auc, second.auc],
    difference,
    standardError,
    p,
    low: difference - reach,
    high: difference + reach,
  };
}

/** What all scores have in common. */
interface LabelledRows {
  readonly labels: ArrayLike<number>;
  readonly weights: ArrayLike<number> | undefined;
}

function ranksFor(name: string, rows: LabelledRows, scores: readonly ArrayLike<number>[]): AucRanks[] {
  const { labels, weights } = rows;
  requireLabels(`${name}, labels`, labels);
  requireNumbers(`${name}, scores`, scores, labels.length);
  if (weights !== undefined) {
    requireNumbers(`${name}, weights`, [weights], labels.length);
    const odd = Array.from(weights).find((weight) => !(weight >= 0 && weight < Infinity));
    checkThat(odd === undefined, `${name}, weights`, 'must be finite numbers of at least 0', odd);
  }
  const classes = [classOf(rows, 0), classOf(rows, 1)] as const;
  const [negatives, positives] = classes.map((own) => own.rows.length) as [number, number];
  const isEnough = Math.min(negatives, positives) >= 2;
  const counts = `${positives} of 1, ${negatives} of 0`;
  checkThat(isEnough, `${name}, labels`, 'must be 0 and 1, and at least two of each', counts);
  return scores.map((each) => ranked(each, classes));
}

function classOf({ labels, weights }: LabelledRows, label: 0 | 1): ClassRows {
  const places: number[] = [];
  for (let row = 0; row < labels.length; row++)
    if (labels[row] === label && weights?.[row] !== 0) places.push(row);
  const rows = Uint32Array.from(places);
  const own = Float64Array.from(rows, (row) => weights?.[row] ?? 1);
  const mean = own.reduce((sum, weight) => sum + weight, 0) / own.length;
  return { rows, weights: own.map((weight) => weight / mean) };
}

function ranked(scores: ArrayLike<number>, classes: AucRanks['classes']): AucRanks {
  const sorted = Float64Array.from(scores).sort();
  const places = Uint32Array.from(scores, (score) => firstPlace(sorted, score));
  const shares = new Float64Array(scores.length);
  const [negatives, positives] = classes;
  shareBelow(shares, places, { of: positives, among: negatives });
  shareBelow(shares, places, { of: negatives, among: positives });
  for (const row of negatives.rows) shares[row] = 1 - shares[row]!;
  const sum = positives.rows.reduce((before, row, i) => before + positives.weights[i]! * shares[row]!, 0);
  return { auc: sum / positives.rows.length, shares, classes };
}

/** Writes the share of the others below each row, by weight; a tie counts one half. */
function shareBelow(
  shares: Float64Array,
  places: Uint32Array,
  { of, among }: { readonly of: ClassRows; readonly among: ClassRows },
): void {
  const at = new Float64Array(places.length);
  among.rows.forEach((row, i) => (at[places[row]!]! += among.weights[i]!));
  const below = new Float64Array(places.length + 1);
  at.forEach((weight, place) => (below[place + 1] = below[place]! + weight));
  for (const row of of.rows) {
    const place = places[row]!;
    shares[row] = (below[place]! + below[place + 1]!) / 2 / among.rows.length;
  }
}

/** The place of the first of the values that is not below the mark, in order. */
function firstPlace(sorted: Float64Array, mark: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! >= mark) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Of the weighted mean of a - b: its squared standard error, over n - 1. */
function varianceOfDifference(a: Float64Array, b: Float64Array, { rows, weights }: ClassRows): number {
  const n = rows.length;
  const differences = Float64Array.from(rows, (row) => a[row]! - b[row]!);
  const mean = differences.reduce((sum, each, i) => sum + weights[i]! * each, 0) / n;
  return differences.reduce((sum, each, i) => sum + (weights[i]! * (each - mean)) ** 2, 0) / (n - 1) / n;
}
