import { singleKinds } from '@ttrec/training/compare';
import type { StudyRun } from '../run-comparison.ts';
import { table } from './tables.ts';

/** How far each choice is behind the best single kind of a data set at a budget, in mean test AUC: below 0 for one that is ahead. */
interface Case {
  readonly name: string;
  readonly regrets: ReadonlyMap<string, number>;
}

interface Rule {
  readonly name: string;
  /** What a choice is worth by its regrets on the data sets seen: the least is taken. */
  of(regrets: readonly number[]): number;
}

const rules: readonly Rule[] = [
  { name: 'least worst', of: (regrets) => Math.max(...regrets) },
  { name: 'least mean', of: (regrets) => meanOf(regrets) },
];

/**
 * What rules lose that choose one kind, or the instant plan, for a data set by what was measured on all the others, beside the instant
 * plan itself. '' with fewer than three data sets.
 */
export function rulesTable(runs: readonly StudyRun[]): string {
  const labels = [
    ...new Set(runs.flatMap(({ results }) => results.settings.budgets.map(({ label }) => label))),
  ];
  const lines = labels.flatMap((label) => {
    const cases = runs.flatMap((run) => caseOf(run, label));
    if (cases.length < 3) return [];
    const judged = cases.map((one) => {
      const others = cases.filter((other) => other !== one);
      return rules.map((rule) => chosenBy(rule, others, one));
    });
    const instant = cases.map(({ regrets }) => regrets.get('planned'));
    const sums = rules.map((_, r) => judged.map((row) => row[r]!.regret));
    return [
      ...cases.map(({ name }, c) => [
        `${name} ${label}`,
        regretText(instant[c]),
        ...judged[c]!.map(({ choice, regret }) => `${regretText(regret)} \`${choice}\``),
      ]),
      ...(['mean', 'worst'] as const).map((kind) => [
        `${kind} ${label}`,
        regretText(summary(kind, instant)),
        ...sums.map((all) => regretText(summary(kind, all))),
      ]),
    ];
  });
  if (lines.length === 0) return '';
  return table(
    ['behind the best kind', 'instant plan', ...rules.map(({ name }) => `${name} on the others`)],
    lines,
  );
}

function caseOf({ set, results }: StudyRun, label: string): Case[] {
  const kinds = singleKinds(results, label);
  const [best] = kinds;
  if (best === undefined) return [];
  const plans = results.arms.filter(({ arm, budget }) => arm === 'planned' && budget === label);
  const regrets = new Map(
    [...kinds, ...plans].flatMap(({ arm, auc }) =>
      auc === null ? [] : [[arm, best.auc.mean - auc.mean] as const],
    ),
  );
  return [{ name: set.name, regrets }];
}

/** The choice that a rule makes on some data sets, of those that all of them have, and what it loses on another. */
function chosenBy(rule: Rule, seen: readonly Case[], judged: Case): { choice: string; regret: number } {
  const choices = [...judged.regrets.keys()].filter((choice) =>
    seen.every(({ regrets }) => regrets.has(choice)),
  );
  const worth = (choice: string) => rule.of(seen.map(({ regrets }) => regrets.get(choice)!));
  const choice = choices.reduce((best, each) => (worth(each) < worth(best) ? each : best));
  return { choice, regret: judged.regrets.get(choice)! };
}

function summary(kind: 'mean' | 'worst', regrets: readonly (number | undefined)[]): number | undefined {
  const known = regrets.filter((regret) => regret !== undefined);
  if (known.length < regrets.length) return undefined;
  return kind === 'mean' ? meanOf(known) : Math.max(...known);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function regretText(regret: number | undefined): string {
  return regret === undefined ? '–' : regret.toFixed(4).replace('-', '−');
}
