import { checkThat } from './check.ts';
import { equivalence, holm, pairedT, requireMargin, type MeanDifference } from './paired-t.ts';

/** What seeds say of the difference between two methods. */
export type Verdict = 'better' | 'worse' | 'similar' | 'undecided';

/** A difference of AUC that matters. */
export const MARGIN = 0.001;

const SIGNIFICANCE = 0.05;

export interface Comparison extends MeanDifference {
  /** The p-value of the paired t-test, adjusted by Holm for all comparisons made together. */
  readonly adjustedP: number;
  /** The p-value that the difference is beyond the margin, adjusted likewise. */
  readonly equivalenceP: number;
  readonly verdict: Verdict;
}

/**
 * Judges some differences together, each a list with one number a seed.
 *
 * `better`: at least the margin above 0, and the paired t-test, after Holm's adjustment, rejects 0 at 5 %; `worse` likewise.
 * `similar`: two one-sided tests reject everything beyond ±margin at 5 %, after Holm's adjustment. Else `undecided`: these
 * seeds are too few, or differ too much, to tell.
 *
 * Under no difference the chance that any comparison is called `better` or `worse` is at most 5 %.
 *
 * @param margin 0.001 by default
 * @throws `training/bad-statistics`
 */
export function judge(differences: readonly (readonly number[])[], margin = MARGIN): Comparison[] {
  const isList: boolean = Array.isArray(differences);
  checkThat(isList, 'judge, differences', 'must be a list of lists of numbers', differences);
  requireMargin('judge', margin);
  const means = differences.map((each) => pairedT(each));
  const adjusted = holm(means.map(({ p }) => p));
  const equivalences = holm(means.map((mean) => equivalence(mean, margin)));
  return means.map((mean, i) => {
    const [adjustedP, equivalenceP] = [adjusted[i]!, equivalences[i]!];
    return {
      ...mean,
      adjustedP,
      equivalenceP,
      verdict: verdictOf(mean.mean, { adjustedP, equivalenceP, margin }),
    };
  });
}

function verdictOf(
  mean: number,
  { adjustedP, equivalenceP, margin }: { adjustedP: number; equivalenceP: number; margin: number },
): Verdict {
  if (adjustedP < SIGNIFICANCE && Math.abs(mean) >= margin) return mean > 0 ? 'better' : 'worse';
  return equivalenceP < SIGNIFICANCE ? 'similar' : 'undecided';
}
