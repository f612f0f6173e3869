import { regimeText } from '@ttrec/training/compare';
import type { StudyRun } from '../run-comparison.ts';
import { table } from './tables.ts';

/** Arms whose curves are shown. */
const ARMS = ['hash', 'hot-hash', 'product-int8', 'low-rank-int4', 'tt', 'sum', 'measured'];
const LOSSES = ['0.001', '0.005'] as const;

/** Curves of AUC against bytes in a few numbers: their area, the bytes that come close to dense tables, and where two change places. */
export function curvesSection(runs: readonly StudyRun[]): string {
  const lines = (cell: (run: StudyRun, arm: string) => string) =>
    runs.map((run) => [run.set.name, ...ARMS.map((arm) => cell(run, arm))]);
  const curveOf = ({ results }: StudyRun, arm: string) =>
    results.summary.curves.find((curve) => curve.arm === arm);
  const area = (run: StudyRun, arm: string) => curveOf(run, arm)?.area?.toFixed(4) ?? '–';
  const bytes = (run: StudyRun, arm: string) => {
    const within = curveOf(run, arm)?.bytesWithin;
    return LOSSES.map((loss) => kilobytes(within?.[loss])).join(' / ');
  };
  return `## Curves

Mean test AUC over the logarithm of bytes, between the smallest and the largest budget:

${table(['area', ...ARMS], lines(area))}

The fewest bytes, in kB, at which the mean is at most 0.001 / 0.005 below that of dense tables, between the budgets; a curve that is
above that at its smallest budget may need fewer:

${table(
  ['kB', 'dense', ...ARMS],
  lines(bytes).map(([name, ...cells], r) => [name!, kilobytes(runs[r]!.results.denseBytes), ...cells]),
)}

${crossovers(runs)}`;
}

function crossovers(runs: readonly StudyRun[]): string {
  const known = runs.flatMap(({ set, results }) =>
    results.summary.crossover ? [{ name: set.name, of: results, ...results.summary.crossover }] : [],
  );
  const crossing = known.flatMap(({ name, of, bytes, low, high }) => {
    if (bytes === null) return [];
    const interval =
      low === null || high === null
        ? 'not with every seed'
        : `95 % interval ${kilobytes(low)} to ${kilobytes(high)} kB`;
    return [`on ${name} (${regimeText(of.settings)}) at ${kilobytes(bytes)} kB, ${interval}`];
  });
  if (known.length === 0) return '';
  return crossing.length === 0
    ? 'The curves of `tt` and `hash` cross on none of these data sets between the budgets.'
    : `The curves of \`tt\` and \`hash\` cross ${crossing.join('; ')}; on the other data sets they do not.`;
}

function kilobytes(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? '–' : String(Math.round(bytes / 1000));
}
