import type { ComparisonResults } from '@ttrec/training/compare';
import { judge, pairedT } from '@ttrec/training/statistics';
import type { StudyRun } from '../run-comparison.ts';
import { singleKinds } from './plans.ts';
import { aucTable, signed, table } from './tables.ts';

/** Arms that the best one is judged against. */
const BASELINES = ['hash', 'hot-hash'];

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

/** The arm with the highest mean at each budget, judged together against the baselines. */
function bestTable(results: ComparisonResults): string {
  const { settings, arms } = results;
  const cases = settings.budgets.flatMap(({ label }) => {
    const [best] = singleKinds(results, label);
    const others = BASELINES.map((name) => arms.find(({ arm, budget }) => arm === name && budget === label));
    return best === undefined ? [] : [{ label, best, others }];
  });
  const pairs = cases.flatMap(({ best, others }) =>
    others.flatMap((other) =>
      other?.auc && other.arm !== best.arm ? [{ best, other, auc: other.auc }] : [],
    ),
  );
  const judged = judge(
    pairs.map(({ best, auc }) => best.auc.values.map((value, s) => value - auc.values[s]!)),
  );
  return table(
    ['budget', 'highest mean', ...BASELINES.map((name) => `against ${name}`)],
    cases.map(({ label, best, others }) => [
      label,
      `\`${best.arm}\` ${best.auc.mean.toFixed(4)}`,
      ...others.map((other) => {
        const at = pairs.findIndex((pair) => pair.other === other);
        return at < 0 ? '–' : `${signed(judged[at]!.mean)} ${judged[at]!.verdict}`;
      }),
    ]),
  );
}

/** The log-loss that numbers of 8 bits in training cost a dense table. */
function eightBits({ arms }: ComparisonResults): string {
  const of = (name: string) => arms.find(({ arm }) => arm === name);
  const [whole, bits] = [of('dense'), of('dense-int8')];
  if (whole === undefined || bits === undefined || whole.logLoss.values.length < 2) return '';
  const { mean, high } = pairedT(bits.logLoss.values.map((value, s) => value - whole.logLoss.values[s]!));
  return `Dense tables trained in 8 bits take ${(bits.bytes / whole.bytes).toFixed(2)} of the bytes; their test log-loss differs by ${signed(mean)} ± ${(high - mean).toFixed(4)}.`;
}
