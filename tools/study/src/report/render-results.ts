import { regimeText, type ComparisonResults } from '@ttrec/training/compare';
import { format } from 'prettier';
import { dataSets } from '../data-sets.ts';
import { standard, type StudyPlan } from '../plan.ts';
import type { StudyRun } from '../run-comparison.ts';
import { answer } from './answer.ts';
import { plansTable } from './plans.ts';
import { frontierPlot } from './plot.ts';
import { curvesSection } from './curves.ts';
import { farSection } from './far.ts';
import { severalSection } from './several.ts';
import { rulesTable } from './rules.ts';
import { aucTable, bestTable, decileTable, verdictTable } from './tables.ts';

export interface RenderedResults {
  readonly markdown: string;
  /** Files of the folder `results` beside the page. */
  readonly plots: readonly { readonly file: string; readonly svg: string }[];
}

/** The report of a study. Everything in it comes from the results of its runs, and of those of whole and of several epochs. */
export async function renderResults(
  runs: readonly StudyRun[],
  plan: StudyPlan,
  {
    far = [],
    several = [],
  }: { readonly far?: readonly StudyRun[]; readonly several?: readonly StudyRun[] } = {},
): Promise<RenderedResults> {
  const plots = runs.map(({ results }) => ({ file: plotName(results), svg: frontierPlot(results) }));
  const text = `
# Hash or tensor train?

The results of \`npm run study${plan.name === 'standard' ? '' : ` -- --${plan.name}`}\`, which writes this page and its plots. Every arm stores all embedding tables of the same model at
the same bytes, fitted from below; rows and the start of the MLPs are the same. [How the arms are compared](../apps/trainer/README.md#compare-at-equal-bytes).

${setting(runs, plan)}

## The answer

${answer([...runs, ...several])}

${runs.map(section).join('\n\n')}

${ruleSection(runs)}

${curvesSection(runs)}

${farSection(far)}

${severalSection(several)}

## What to keep in mind

${limits(runs, plan)}
`;
  const markdown = await format(text, { parser: 'markdown', printWidth: 130, proseWrap: 'preserve' });
  return { markdown, plots };
}

function plotName({ name, settings }: ComparisonResults): string {
  return `${name}-${settings.regime}.svg`;
}

function setting(runs: readonly StudyRun[], plan: StudyPlan): string {
  const seconds = runs.reduce(
    (sum, { results }) => sum + results.arms.reduce((inner, { seconds: each }) => inner + each, 0),
    0,
  );
  const hours = seconds / 3600;
  const spent = hours < 1 ? `${Math.round(60 * hours)} minutes` : `${hours.toFixed(1)} hours`;
  const length =
    'steps' in plan.training ? `, ${String(plan.training.steps)} steps of 512 rows a training` : '';
  return `${seedsOf(runs)} paired seeds (order of rows and start of weights), ${plan.trials} tuning trial${plan.trials === 1 ? '' : 's'} an arm and budget on validation rows,
embeddings of 16 numbers${length}; ${spent} of training.`;
}

/** Such as `3 to 5`. */
function seedsOf(runs: readonly StudyRun[]): string {
  const seeds = runs.map(({ results }) => results.settings.seeds);
  return [...new Set([Math.min(...seeds), Math.max(...seeds)])].join(' to ');
}

function section({ set, results }: StudyRun): string {
  const { settings, testRows, denseBytes } = results;
  return `## ${set.name}: ${regimeText(settings)}

${sentence(set.about)} ${testRows.toLocaleString('en')} test rows; dense tables take ${(denseBytes / 1e6).toFixed(2)} MB; ${settings.seeds} seeds.

![Test AUC against bytes](results/${plotName(results)})

${aucTable(results)}

${verdictTable(results)}

${bestTable(results)}

${plansTable(results)}

${deciles(results)}`.trimEnd();
}

function ruleSection(runs: readonly StudyRun[]): string {
  // Rules are for real data sets: made-up clicks are left out.
  const rows = rulesTable(runs.filter(({ set }) => set.files.length > 0));
  if (rows === '') return '';
  return `## Choosing without training

Each data set is judged by a rule that knows only what was measured on the others: the choice whose worst, or mean, difference from the
best kind was the least there. The differences are in mean test AUC, below 0 if the best single kind was behind. The assumptions of the
instant plan were chosen with results on all of these data sets known: unlike the rules, it is judged on data that it was fitted to.

${rows}`;
}

function deciles(results: ComparisonResults): string {
  const rows = decileTable(results, ['tt', 'hash']);
  return rows === ''
    ? ''
    : `By tenths of test rows, from those whose rarest id training read least (1) to most (10), the difference of AUC is\n\n${rows}`;
}

/** Runs of fewer seeds or arms than the plan asks for. */
function shortRuns(runs: readonly StudyRun[], { seeds, arms }: StudyPlan): string[] {
  return runs.flatMap(({ set, results: { settings } }) => {
    const left = arms.filter((arm) => !settings.arms.includes(arm)).map((arm) => `\`${arm}\``);
    const parts = [
      ...(settings.seeds < seeds ? [`${settings.seeds} seeds instead of ${seeds}`] : []),
      ...(left.length > 0 ? [`without ${left.join(', ')}`] : []),
    ];
    return parts.length === 0
      ? []
      : [`${set.name} ${settings.seeds < seeds ? 'is a run of' : 'is a run'} ${parts.join(', ')}.`];
  });
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function limits(runs: readonly StudyRun[], plan: StudyPlan): string {
  const missing = dataSets.filter(({ name }) => !runs.some(({ set }) => set.name === name));
  const left = standard.arms.filter((arm) => !plan.arms.includes(arm)).map((arm) => `\`${arm}\``);
  return [
    ...(missing.length > 0
      ? [`Not among these runs: ${missing.map(({ name, about }) => `${name} (${about})`).join(', ')}.`]
      : []),
    ...(plan.name === 'quick'
      ? [
          `\`--quick\` leaves out the arms ${left.join(', ')}, and has ${plan.seeds} seeds instead of ${standard.seeds}: more is undecided.`,
        ]
      : []),
    ...(runs.some(({ results }) => results.settings.measure !== undefined)
      ? [
          `The measured plan was chosen by the work of ${plan.measure} whole trainings a budget, on validation rows and with other seeds. The order in which it tries candidates was chosen with these results known. The best single kind is the one with the highest mean on the test rows, known only afterwards, which favours that kind.`,
        ]
      : []),
    ...shortRuns(runs, plan),
    ...runs.flatMap(({ set, note }) => (note === undefined ? [] : [`${set.name}: ${note}`])),
    'Verdicts are about these test rows: seeds differ in the order of training rows and the start of the weights, not in the split.',
    'The differences are those of small models with embeddings of 16 numbers; larger ones were not trained.',
    ...(plan.trials === 1
      ? ['No arm was tuned: all have the same learning rate, which may suit some better than others.']
      : []),
    ...('steps' in plan.training
      ? [
          `Where a heading says one epoch, trainings have ${String(plan.training.steps)} steps: less than an epoch of a large data set, and more than one of a small set such as movielens. Most arms are further from what they can reach than after whole epochs, which \`npm run study -- --full\` trains.`,
        ]
      : []),
  ]
    .map((line) => `- ${line}`)
    .join('\n');
}
