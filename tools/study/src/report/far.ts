import type { ComparisonResults } from '@ttrec/training/compare';
import { pairedT } from '@ttrec/training/statistics';
import type { StudyRun } from '../run-comparison.ts';
import { aucTable, bestTable, withInterval } from './tables.ts';

/** Whole epochs: where methods stand, and what 8 bits cost. '' without runs. */
export function farSection(runs: readonly StudyRun[]): string {
  if (runs.length === 0) return '';
  return `## Whole epochs

One pass over all training rows, shuffled, as \`npm run study -- --far\` trains it.

${runs.map(part).join('\n\n')}`;
}

function part({ set, results }: StudyRun): string {
  return [`### ${set.name}, whole epoch`, aucTable(results), bestTable(results), eightBits(results)]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** The log-loss that numbers of 8 bits in training cost a dense table. */
function eightBits({ arms }: ComparisonResults): string {
  const of = (name: string) => arms.find(({ arm }) => arm === name);
  const [whole, bits] = [of('dense'), of('dense-int8')];
  if (whole === undefined || bits === undefined || whole.logLoss.values.length < 2) return '';
  const difference = pairedT(bits.logLoss.values.map((value, s) => value - whole.logLoss.values[s]!));
  return `Dense tables trained in 8 bits take ${(bits.bytes / whole.bytes).toFixed(2)} of the bytes; their test log-loss differs by ${withInterval(difference)}.`;
}
