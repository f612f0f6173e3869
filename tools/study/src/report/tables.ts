import { bestArms, OWN_SIZE, type ArmResult, type ComparisonResults } from '@ttrec/training/compare';
import type { MeanDifference } from '@ttrec/training/statistics';

/** Mean test AUC and half the 95 % interval over seeds: a line an arm, a column a budget. */
export function aucTable({ arms, settings }: ComparisonResults): string {
  const budgets = settings.budgets.map(({ label }) => label);
  const names = [...new Set(arms.map(({ arm }) => arm))];
  const lines = names.map((name) => {
    const own = arms.find(({ arm, budget }) => arm === name && budget === OWN_SIZE);
    if (own) return [name, `${value(own)} at ${megabytes(own.bytes)}`, ...budgets.slice(1).map(() => '')];
    return [
      name,
      ...budgets.map((label) => value(arms.find(({ arm, budget }) => arm === name && budget === label))),
    ];
  });
  return table(['test AUC', ...budgets], lines);
}

/** The difference to the baseline at the same bytes, and the verdict. */
export function verdictTable({ comparisons, settings }: ComparisonResults): string {
  const against = comparisons.filter((each) => each.against === settings.baseline);
  const budgets = settings.budgets.map(({ label }) => label);
  const names = [...new Set(against.map(({ arm }) => arm))];
  const cell = (name: string, label: string) => {
    const found = against.find(({ arm, budget }) => arm === name && budget === label);
    return found ? `${signed(found.mean)} ${found.verdict}` : '–';
  };
  return table(
    [`against ${settings.baseline}`, ...budgets],
    names.map((name) => [name, ...budgets.map((label) => cell(name, label))]),
  );
}

/** Arms that the best one is judged against. */
export const BASELINES = ['hash', 'hot-hash'];

/** The single kind with the highest mean at each budget, judged against the baselines. */
export function bestTable(results: ComparisonResults): string {
  return table(
    ['budget', 'best single kind', ...BASELINES.map((name) => `against ${name}`)],
    bestArms(results, BASELINES).map(({ budget, best, against }) => [
      budget,
      `\`${best.arm}\` ${best.auc.mean.toFixed(4)}`,
      ...BASELINES.map((name) => {
        const judged = against[name];
        return judged === undefined ? '–' : `${signed(judged.mean)} ${judged.verdict}`;
      }),
    ]),
  );
}

/** Where the difference between two arms comes from: by tenths of test rows, from those with the rarest ids on. */
export function decileTable(
  { arms, settings }: ComparisonResults,
  [first, second]: readonly [string, string],
): string {
  const lines = settings.budgets.flatMap(({ label }) => {
    const at = (name: string) =>
      arms.find(({ arm, budget }) => arm === name && budget === label)?.decileAucs ?? [];
    const [ours, others] = [at(first), at(second)];
    const differences = Array.from({ length: 10 }, (_, d) => {
      const [a, b] = [ours[d] ?? null, others[d] ?? null];
      return a === null || b === null ? null : a - b;
    });
    return differences.every((each) => each === null)
      ? []
      : [[label, ...differences.map((each) => (each === null ? '–' : signed(each)))]];
  });
  if (lines.length === 0) return '';
  return table([`${first} − ${second}`, ...Array.from({ length: 10 }, (_, d) => `${d + 1}`)], lines);
}

/** A table of Markdown. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n');
}

function value(result: ArmResult | undefined): string {
  if (!result?.auc) return '–';
  const { mean, low, high } = result.auc;
  return low === null || high === null
    ? mean.toFixed(4)
    : `${mean.toFixed(4)} ± ${((high - low) / 2).toFixed(4)}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** A mean with half of its 95 % interval. */
export function withInterval({ mean, high }: MeanDifference): string {
  return `${signed(mean)} ± ${(high - mean).toFixed(4)}`;
}

export function signed(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(4)}`;
}
