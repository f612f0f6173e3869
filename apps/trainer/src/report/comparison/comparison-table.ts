import { formatBytes, formatMetric, formatTable } from '../../terminal/format.ts';
import {
  bestArms,
  OWN_SIZE,
  regimeText,
  type ArmResult,
  type ComparisonResults,
} from '@ttrec/training/compare';

/** What stands where there is no result. */
const NONE = '–';

/** A line an arm and a column a budget: mean test AUC, and the verdict against the baseline. */
export function comparisonTable(results: ComparisonResults): string {
  const { arms, settings } = results;
  const budgets = settings.budgets.map(({ label }) => label);
  const names = [...new Set(arms.map(({ arm }) => arm))];
  const at = (arm: string, budget: string) => arms.find((each) => each.arm === arm && each.budget === budget);
  const rows = names.map((arm) => {
    const own = at(arm, OWN_SIZE);
    if (own)
      return [
        arm,
        `${formatMetric(own.auc?.mean)} at ${formatBytes(own.bytes)}`,
        ...budgets.slice(1).map(() => ''),
      ];
    return [arm, ...budgets.map((budget) => cellText(at(arm, budget), results))];
  });
  return formatTable(['arm', ...budgets], rows);
}

/** How to read the table. */
export function comparisonNotes(results: ComparisonResults): string[] {
  const { settings, margin, arms } = results;
  const { seeds, baseline, trials, vary } = settings;
  const same = arms.flatMap(({ arm, budget, sameAs }) =>
    sameAs === undefined ? [] : [`${arm} at ${budget} is the training of ${sameAs}: it was done once`],
  );
  const chosen = arms.flatMap(({ arm, budget, chosen: name }) =>
    name === undefined ? [] : [`${arm} at ${budget} is "${name}"`],
  );
  return [
    `test AUC, ${regimeText(settings)}; mean of ${seeds} seed${seeds === 1 ? '' : 's'} (${vary.join(', ')}), ${trials} trial${trials === 1 ? '' : 's'} an arm and budget`,
    ...(seeds < 2
      ? ['one seed has no verdicts: ask for more with --seeds']
      : [
          `verdicts against ${baseline} at the same bytes: better or worse by at least ${margin}, similar within ±${margin}, else undecided at this size`,
        ]),
    ...bestTexts(results),
    ...crossoverText(results),
    ...chosen,
    ...(arms.every(({ auc }) => auc === null)
      ? ['test rows are of one class: AUC is undefined, and log-losses are in the files']
      : []),
    ...same,
  ];
}

/** What the best single kind is judged against beside the baseline. */
const HOT_HASH = 'hot-hash';

/** The best single kind at each budget, against the baseline and against hot rows beside hashes. */
function bestTexts(results: ComparisonResults): string[] {
  const baselines = [...new Set([results.settings.baseline, HOT_HASH])];
  return bestArms(results, baselines).flatMap(({ budget, best, against }) => {
    const verdicts = baselines.flatMap((name) => {
      const judged = against[name];
      if (judged === undefined) return [];
      const difference = `${judged.mean < 0 ? '' : '+'}${judged.mean.toFixed(4)}`;
      return [`${judged.verdict} against ${name} (${difference})`];
    });
    return verdicts.length === 0
      ? []
      : [`best single kind at ${budget}: ${best.arm} ${formatMetric(best.auc.mean)}, ${verdicts.join(', ')}`];
  });
}

function crossoverText({ summary: { crossover } }: ComparisonResults): string[] {
  if (!crossover) return [];
  const [first, second] = crossover.arms;
  if (crossover.bytes === null) return [`${first} and ${second} do not change places at these budgets`];
  const { bytes, low, high } = crossover;
  const interval =
    low === null || high === null
      ? ', not with every seed'
      : ` (95 % interval ${formatBytes(low)} to ${formatBytes(high)})`;
  return [`${first} and ${second} change places at ${formatBytes(bytes)}${interval}`];
}

export function verdictOf(
  { comparisons }: ComparisonResults,
  { arm, budget }: Pick<ArmResult, 'arm' | 'budget'>,
  against: string,
) {
  return comparisons.find((each) => each.against === against && each.arm === arm && each.budget === budget);
}

function cellText(result: ArmResult | undefined, results: ComparisonResults): string {
  if (!result) return NONE;
  const verdict = verdictOf(results, result, results.settings.baseline)?.verdict;
  const auc = formatMetric(result.auc?.mean);
  return verdict === undefined ? auc : `${auc} ${verdict}`;
}
