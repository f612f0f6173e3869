import { OWN_SIZE, type ArmResult, type ComparisonResults } from '@ttrec/training/compare';
import { pairedT, type MeanDifference } from '@ttrec/training/statistics';
import { signed, table } from './tables.ts';

/** Arms of more than one kind, or of a size of their own. */
const NOT_SINGLE: readonly string[] = ['measured', 'planned'];

/** The measured plan of a budget, and the single kind with the highest mean of test AUC. */
export interface MeasuredPlan {
  readonly budget: string;
  readonly chosen: string;
  readonly best: string;
  /** Paired over seeds. */
  readonly against: MeanDifference;
}

export function measuredAgainstBest({ arms }: ComparisonResults): MeasuredPlan[] {
  return arms.flatMap(({ arm, budget, auc, chosen }): MeasuredPlan[] => {
    if (arm !== 'measured' || auc === null || chosen === undefined || auc.values.length < 2) return [];
    const [best] = arms
      .filter((other): other is ArmResult & { readonly auc: NonNullable<ArmResult['auc']> } => {
        const isSingle = !NOT_SINGLE.includes(other.arm) && other.budget !== OWN_SIZE;
        return isSingle && other.budget === budget && other.auc !== null;
      })
      .sort((a, b) => b.auc.mean - a.auc.mean);
    if (best === undefined) return [];
    const against = pairedT(auc.values.map((value, s) => value - best.auc.values[s]!));
    return [{ budget, chosen, best: best.arm, against }];
  });
}

/** What was chosen, and how far it is from the best single kind. */
export function measuredTable(results: ComparisonResults): string {
  const plans = measuredAgainstBest(results);
  if (plans.length === 0) return '';
  return table(
    ['measured plan', 'chosen', 'best single kind', 'difference (95 %)'],
    plans.map(({ budget, chosen, best, against: { mean, high } }) => [
      budget,
      `\`${chosen}\``,
      `\`${best}\``,
      `${signed(mean)} ± ${(high - mean).toFixed(4)}`,
    ]),
  );
}
