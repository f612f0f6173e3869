import { judge, type Comparison } from '../statistics.ts';
import { OWN_SIZE, type ArmResult, type ComparisonResults } from './comparison-results.ts';

/** An arm whose runs have an AUC. */
export type ScoredArm = ArmResult & { readonly auc: NonNullable<ArmResult['auc']> };

/** The arm with the highest mean of test AUC at a budget, and how it differs from others at the same bytes. */
export interface BestArm {
  readonly budget: string;
  readonly best: ScoredArm;
  /** Absent are arms that were not trained, the best one itself, and all with one seed. */
  readonly against: Readonly<Partial<Record<string, Comparison>>>;
}

/** Of more than one kind. */
const PLANS: readonly string[] = ['planned', 'measured'];

/** The arms of one kind at a budget, the highest mean of test AUC first. */
export function singleKinds({ arms }: ComparisonResults, label: string): ScoredArm[] {
  return arms
    .filter((result): result is ScoredArm => result.budget === label && result.auc !== null)
    .filter(({ arm, budget }) => budget !== OWN_SIZE && !PLANS.includes(arm))
    .sort((a, b) => b.auc.mean - a.auc.mean);
}

/**
 * The best single kind at each budget, judged against other arms together (`judge`). It was chosen by the same test rows, which favours it.
 *
 * @param baselines names of arms
 */
export function bestArms(results: ComparisonResults, baselines: readonly string[]): BestArm[] {
  const cases = results.settings.budgets.flatMap(({ label }) => {
    const [best] = singleKinds(results, label);
    return best === undefined ? [] : [{ budget: label, best }];
  });
  const pairs = cases.flatMap(({ budget, best }) =>
    baselines.flatMap((name) => {
      const values = results.arms.find((each) => each.arm === name && each.budget === budget)?.auc?.values;
      if (values === undefined || values.length < 2 || name === best.arm) return [];
      return [{ budget, name, differences: best.auc.values.map((value, s) => value - values[s]!) }];
    }),
  );
  const judged = judge(pairs.map(({ differences }) => differences));
  return cases.map(({ budget, best }) => ({
    budget,
    best,
    against: Object.fromEntries(
      pairs.flatMap((pair, i) => (pair.budget === budget ? [[pair.name, judged[i]!]] : [])),
    ),
  }));
}
