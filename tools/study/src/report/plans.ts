import { singleKinds, type ComparisonResults } from '@ttrec/training/compare';
import { pairedT, type MeanDifference } from '@ttrec/training/statistics';
import { table, withInterval } from './tables.ts';

/** Arms of more than one kind. */
const PLANS = ['planned', 'measured'] as const;

/** A plan of a budget, and the single kind with the highest mean of test AUC. */
export interface JudgedPlan {
  readonly budget: string;
  /** What measuring chose; undefined for the instant plan. */
  readonly chosen: string | undefined;
  readonly best: string;
  /** Paired over seeds. */
  readonly against: MeanDifference;
}

export function planAgainstBest(results: ComparisonResults, plan: (typeof PLANS)[number]): JudgedPlan[] {
  return results.arms.flatMap(({ arm, budget, auc, chosen }): JudgedPlan[] => {
    if (arm !== plan || auc === null || auc.values.length < 2) return [];
    const [best] = singleKinds(results, budget);
    if (best === undefined) return [];
    const against = pairedT(auc.values.map((value, s) => value - best.auc.values[s]!));
    return [{ budget, chosen, best: best.arm, against }];
  });
}

/** What was planned, and how far it is from the best single kind. */
export function plansTable(results: ComparisonResults): string {
  const [instant, measured] = PLANS.map((plan) => planAgainstBest(results, plan)) as [
    JudgedPlan[],
    JudgedPlan[],
  ];
  const budgets = [...new Set([...instant, ...measured].map(({ budget }) => budget))];
  if (budgets.length === 0) return '';
  const differenceOf = (plan: JudgedPlan | undefined) => (plan ? withInterval(plan.against) : '–');
  return table(
    [
      'plans against the best kind',
      'best single kind',
      'instant plan',
      'measured plan',
      'chosen by measuring',
    ],
    budgets.map((label) => {
      const at = (plans: readonly JudgedPlan[]) => plans.find(({ budget }) => budget === label);
      const chosen = at(measured)?.chosen;
      return [
        label,
        `\`${(at(measured) ?? at(instant))!.best}\``,
        differenceOf(at(instant)),
        differenceOf(at(measured)),
        chosen === undefined ? '–' : `\`${chosen}\``,
      ];
    }),
  );
}
