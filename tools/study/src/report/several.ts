import { OWN_SIZE, type ComparisonResults } from '@ttrec/training/compare';
import { pairedT } from '@ttrec/training/statistics';
import type { StudyRun } from '../run-comparison.ts';
import { aucTable, bestTable, verdictTable, withInterval } from './tables.ts';

/** Arms that can hold whatever dense tables hold, and what they are. */
const CONTROLS = {
  'hash-full': 'as many buckets as ids',
  'tt-full': 'tensor trains at full rank',
} as const;

/** Several epochs, stopped on validation rows, and the controls. '' without runs. */
export function severalSection(runs: readonly StudyRun[]): string {
  if (runs.length === 0) return '';
  return `## Several epochs

Trained until validation log-loss has not fallen for two epochs, and tested with the weights at which it was the least, as
\`npm run study -- --several\` trains it.

${runs.map(part).join('\n\n')}`;
}

function part({ set, results }: StudyRun): string {
  return [
    `### ${set.name}, several epochs`,
    aucTable(results),
    verdictTable(results),
    bestTable(results),
    controls(results),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function controls({ arms }: ComparisonResults): string {
  const of = (name: string) => arms.find(({ arm, budget }) => arm === name && budget === OWN_SIZE)?.auc;
  const dense = of('dense');
  const found = Object.entries(CONTROLS).flatMap(([name, about]) => {
    const values = of(name)?.values;
    if (!dense || values === undefined || values.length < 2) return [];
    const difference = pairedT(values.map((value, s) => value - dense.values[s]!));
    return [`${about} (\`${name}\`) ${withInterval(difference)}`];
  });
  return found.length === 0 ? '' : `Controls, as test AUC against dense tables: ${found.join('; ')}.`;
}
