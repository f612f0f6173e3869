import { bestArms, type ArmComparison, type ComparisonResults } from '@ttrec/training/compare';
import type { StudyRun } from '../run-comparison.ts';
import { planAgainstBest } from './plans.ts';
import { BASELINES, signed } from './tables.ts';

/** One paragraph that the tables support. */
export function answer(runs: readonly StudyRun[]): string {
  const trains = verdictsOf(runs, 'tt');
  if (trains.length === 0) return 'The arms `tt` and `hash` were not both trained: the question stays open.';
  const count = (word: string) => trains.filter(({ verdict }) => verdict === word).length;
  const named = (word: string) =>
    trains
      .filter(({ verdict }) => verdict === word)
      .map(({ place, mean }) => `${place} (${signed(mean)})`)
      .join(', ');
  const sentences = [
    `At equal bytes a tensor train was better than a hashed table in ${count('better')} of ${trains.length} cases of data set, regime and budget, worse in ${count('worse')}, similar in ${count('similar')}, and undecided in ${count('undecided')}.`,
    ...(count('better') > 0 ? [`Better: ${named('better')}.`] : []),
    ...(count('worse') > 0 ? [`Worse: ${named('worse')}.`] : []),
    orderOfIds(runs),
    highestMeans(runs),
    plansOf(runs, 'measured', 'The measured plan, chosen on validation rows,'),
    plansOf(runs, 'planned', 'The instant plan, for which nothing is trained,'),
    ...(count('undecided') > 0 ? [`Undecided at this number of seeds: ${named('undecided')}.`] : []),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

type Placed = ArmComparison & { readonly place: string };

/** An arm against the baseline, wherever both were trained. */
function verdictsOf(runs: readonly StudyRun[], arm: string): Placed[] {
  return runs.flatMap(({ results }) =>
    results.comparisons
      .filter((each) => each.arm === arm && each.against === 'hash')
      .map((each) => ({ ...each, place: placeOf(results, each.budget) })),
  );
}

function placeOf({ name, settings }: ComparisonResults, budget: string): string {
  return `${name} ${budget}${settings.regime === 'one-epoch' ? '' : ' (several epochs)'}`;
}

/** What a train loses by ids in a random order, in means. */
function orderOfIds(runs: readonly StudyRun[]): string {
  const losses = runs.flatMap(({ results }) => {
    const differences = results.settings.budgets.flatMap(({ label }) => {
      const at = (arm: string) =>
        results.arms.find((each) => each.arm === arm && each.budget === label)?.auc?.mean;
      const [ordered, permuted] = [at('tt'), at('tt-permuted')];
      return ordered === undefined || permuted === undefined ? [] : [ordered - permuted];
    });
    if (differences.length === 0) return [];
    const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
    return [`${signed(mean)} on ${placeOf(results, '').trim()}`];
  });
  if (losses.length === 0) return '';
  return `To the tensor train, ids in order of frequency instead of a random order were worth ${losses.join(', ')}.`;
}

/** How often a plan was not behind the best single kind. */
function plansOf(
  runs: readonly StudyRun[],
  plan: Parameters<typeof planAgainstBest>[1],
  named: string,
): string {
  const plans = runs.flatMap(({ results }) =>
    planAgainstBest(results, plan).map((each) => ({ ...each, place: placeOf(results, each.budget) })),
  );
  if (plans.length === 0) return '';
  const ahead = plans.filter(({ against }) => against.mean >= 0);
  const behind = plans.filter(({ against }) => against.high < 0);
  const places = behind.map(({ place, against }) => `${place} (${signed(against.mean)})`).join(', ');
  return [
    `${named} had the highest mean in ${ahead.length} of ${plans.length} cases, alone or with the best single kind;`,
    `by the interval over seeds it was behind that kind in ${behind.length}${behind.length === 0 ? '' : `: ${places}`}.`,
  ].join(' ');
}

/** How often each single kind has the highest mean at a budget, and how it stands against the baselines. */
function highestMeans(runs: readonly StudyRun[]): string {
  const cases = runs.flatMap(({ results }) =>
    bestArms(results, BASELINES).map((each) => ({ ...each, place: placeOf(results, each.budget) })),
  );
  const wins = new Map<string, number>();
  for (const { best } of cases) wins.set(best.arm, (wins.get(best.arm) ?? 0) + 1);
  const ranked = [...wins]
    .sort(([, a], [, b]) => b - a)
    .map(([arm, times]) => `\`${arm}\` ${times === 1 ? 'once' : `${times} times`}`);
  if (ranked.length === 0) return '';
  const verdicts = BASELINES.flatMap((name) => {
    const judged = cases.flatMap(({ against, place }) => {
      const one = against[name];
      return one === undefined ? [] : [{ ...one, place }];
    });
    if (judged.length === 0) return [];
    const others = judged.filter(({ verdict }) => verdict !== 'better');
    const named = others
      .map(({ place, mean, verdict }) => `${place} (${signed(mean)} ${verdict})`)
      .join(', ');
    return [
      `than \`${name}\` in ${judged.length - others.length} of ${judged.length}${named === '' ? '' : `; not in ${named}`}`,
    ];
  });
  return [
    `The highest mean of all single kinds was that of ${ranked.join(', ')}.`,
    ...(verdicts.length === 0 ? [] : [`It was decidedly better ${verdicts.join(', and ')}.`]),
  ].join(' ');
}
