import {
  OWN_SIZE,
  type ArmComparison,
  type ArmResult,
  type ComparisonResults,
  type ComparisonSettings,
  type Spread,
} from '@ttrec/training/compare';
import { judge, MARGIN, pairedT } from '@ttrec/training/statistics';
import type { Arm } from './arms.ts';
import type { Budget } from './budgets.ts';
import type { CellRecord, CellStore } from './cells/cells.ts';
import { intervalsOverRows } from './row-intervals.ts';
import { summaryOf } from './summary.ts';

export async function resultsOf(args: {
  readonly name: string;
  readonly settings: ComparisonSettings;
  readonly arms: readonly Arm[];
  readonly store: CellStore;
  readonly denseBytes: number;
  /** What was written before: its intervals over rows stay where predictions are gone. */
  readonly before?: ComparisonResults | undefined;
}): Promise<ComparisonResults> {
  const { name, settings, arms, store, denseBytes } = args;
  const places = arms.flatMap((arm) =>
    (arm.hasOwnSize ? [{ label: OWN_SIZE }] : settings.budgets).map((budget: Budget) => ({
      arm: arm.name,
      budget: budget.label,
    })),
  );
  const cellsOf = (arm: string, budget: string) =>
    Array.from({ length: settings.seeds }, (_, s) => store.get({ arm, budget, seed: s + 1 })).filter(
      (cell): cell is CellRecord => cell !== undefined,
    );
  const reached = places.filter(({ arm, budget }) => cellsOf(arm, budget).length > 0);
  const results = reached.map(({ arm, budget }) => armResult(cellsOf(arm, budget)));
  const first = cellsOf(reached[0]!.arm, reached[0]!.budget)[0]!;
  return {
    type: 'comparison',
    name,
    settings,
    denseBytes,
    testRows: first.testRows,
    margin: MARGIN,
    arms: results,
    comparisons: await comparisonsOf(results, { settings, store, cellsOf, before: args.before }),
    unreachable: places.filter((place) => !reached.includes(place)),
    summary: summaryOf(results, settings),
  };
}

function armResult(cells: readonly CellRecord[]): ArmResult {
  const [first] = cells as [CellRecord];
  const aucs = cells.flatMap(({ test }) => test.auc ?? []);
  const validations = cells.flatMap(({ validation }) => validation?.auc ?? []);
  return {
    arm: first.arm,
    budget: first.budget,
    bytes: first.bytes,
    setting: first.setting,
    auc: aucs.length === cells.length ? spread(aucs) : null,
    logLoss: spread(cells.map(({ test }) => test.logLoss)),
    validationAuc: validations.length === cells.length ? spread(validations) : null,
    decileAucs: first.decileAucs.map((_, d) => meanOf(cells.map(({ decileAucs }) => decileAucs[d] ?? null))),
    chosen: first.chosen,
    sameAs: sharedWith(cells),
    seconds: cells.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Of another arm or budget; a seed that a trial trained is its own. */
function sharedWith(cells: readonly CellRecord[]): string | undefined {
  const [{ arm, budget, sameAs }] = cells as [CellRecord];
  return sameAs?.startsWith(`${arm}, ${budget},`) ? undefined : sameAs;
}

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  if (values.length === 1 || !values.every(Number.isFinite)) return { mean, low: null, high: null, values };
  const { low, high } = pairedT(values);
  return { mean, low, high, values };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0) / known.length;
}

/**
 * Every arm against the baseline at its budget, and against the dense one: two families, in each of which p-values are
 * adjusted for all of its comparisons. None with one seed.
 */
async function comparisonsOf(
  results: readonly ArmResult[],
  on: {
    readonly settings: ComparisonSettings;
    readonly store: CellStore;
    readonly cellsOf: (arm: string, budget: string) => readonly CellRecord[];
    readonly before: ComparisonResults | undefined;
  },
): Promise<ArmComparison[]> {
  if (on.settings.seeds < 2) return [];
  const families = [on.settings.baseline, 'dense'].filter((name, f, all) => all.indexOf(name) === f);
  const compared = families.flatMap((against) => family(results, against));
  const { store, cellsOf, before } = on;
  const intervals = await intervalsOverRows(
    compared.map(({ result, other }) => [
      cellsOf(result.arm, result.budget),
      cellsOf(other.arm, other.budget),
    ]),
    store,
  );
  return compared.map(({ result: { arm, budget }, other, judged }, i) => {
    const known = before?.comparisons.find(
      (each) => each.arm === arm && each.budget === budget && each.against === other.arm,
    );
    return { arm, against: other.arm, budget, ...judged, rows: intervals[i] ?? known?.rows ?? null };
  });
}

/** All arms against one, with verdicts adjusted for their number. */
function family(results: readonly ArmResult[], against: string) {
  const pairs = results.flatMap((result) => {
    const other =
      results.find(({ arm, budget }) => arm === against && budget === result.budget) ??
      results.find(({ arm, budget }) => arm === against && budget === OWN_SIZE);
    const isOf = other?.auc && result.auc && result.arm !== against && other.sameAs === undefined;
    return isOf && result.sameAs === undefined
      ? [{ result, other, differences: differencesOf(result.auc, other.auc) }]
      : [];
  });
  const judged = judge(pairs.map(({ differences }) => differences));
  return pairs.map((pair, i) => ({ ...pair, judged: judged[i]! }));
}

function differencesOf(own: Spread, other: Spread): number[] {
  return own.values.map((value, s) => value - other.values[s]!);
}
