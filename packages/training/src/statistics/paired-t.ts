import { isListOfNumbers, isNumber, isObject, checkThat } from './check.ts';
import { tCdf, tQuantile } from './student-t.ts';

/** What some differences say of their mean. */
export interface MeanDifference {
  /** Differences, one a seed. */
  readonly n: number;
  readonly mean: number;
  /** Standard deviation of the differences, over n - 1. */
  readonly deviation: number;
  /** Standard error of the mean. */
  readonly standardError: number;
  /** Two-sided p-value of the paired t-test: that the mean is 0. */
  readonly p: number;
  /** The confidence interval of the mean, at the level asked for. */
  readonly low: number;
  readonly high: number;
}

/**
 * The paired t-test of the differences between two methods, seed by seed. O(n).
 *
 * Equal differences have standard error 0: then p is 0, or 1 if all are 0.
 *
 * @param level of the interval; 0.95 by default
 * @throws `training/bad-statistics` for fewer than two differences, or numbers that are not finite
 */
export function pairedT(differences: readonly number[], level = 0.95): MeanDifference {
  const isEnough =
    isListOfNumbers(differences) && differences.length > 1 && differences.every(Number.isFinite);
  checkThat(isEnough, 'pairedT, differences', 'must be at least two finite numbers', differences);
  const isLevel = isNumber(level) && level > 0 && level < 1;
  checkThat(isLevel, 'pairedT, level', 'must be between 0 and 1', level);
  const n = differences.length;
  const mean = differences.reduce((sum, each) => sum + each, 0) / n;
  const deviation = Math.sqrt(differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (n - 1));
  const standardError = deviation / Math.sqrt(n);
  const reach = tQuantile((1 + level) / 2, n - 1) * standardError;
  const t = Math.abs(mean) / standardError;
  const p = standardError === 0 ? (mean === 0 ? 1 : 0) : 2 * tCdf(-t, n - 1);
  return { n, mean, deviation, standardError, p, low: mean - reach, high: mean + reach };
}

/**
 * Two one-sided t-tests (Schuirmann 1987): the p-value of the hypothesis that the mean is outside of ±margin. Below 0.05, the
 * 90 % interval of the mean is inside.
 *
 * @throws `training/bad-statistics`
 */
export function equivalence(difference: MeanDifference, margin: number): number {
  requireMargin('equivalence', margin);
  const isDifference =
    isObject(difference) && isNumber(difference.mean) && isNumber(difference.standardError);
  checkThat(isDifference, 'equivalence, difference', 'must be a result of pairedT', difference);
  const { n, mean, standardError } = difference;
  const closest = margin - Math.abs(mean);
  if (standardError === 0) return closest > 0 ? 0 : 1;
  return tCdf(-closest / standardError, n - 1);
}

/** @throws `training/bad-statistics` */
export function requireMargin(name: string, margin: number): void {
  checkThat(isNumber(margin) && margin > 0, `${name}, margin`, 'must be above 0', margin);
}

/**
 * Holm's adjustment of p-values for the number of tests (1979): each is at most the chance that any of the true hypotheses
 * is rejected with it. O(n log n).
 *
 * @throws `training/bad-statistics`
 */
export function holm(pValues: readonly number[]): number[] {
  const areProbabilities = isListOfNumbers(pValues) && Array.from(pValues).every((p) => p >= 0 && p <= 1);
  checkThat(areProbabilities, 'holm, pValues', 'must be a list of numbers from 0 to 1', pValues);
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length);
  let least = 0;
  order.forEach((i, rank) => {
    least = Math.max(least, Math.min(1, (pValues.length - rank) * pValues[i]!));
    adjusted[i] = least;
  });
  return adjusted;
}
