import type { ReportRun } from '../report-input.ts';

export type CurveMetric = 'logLoss' | 'auc';

/** A value after so many samples. */
export interface CurvePoint {
  readonly samples: number;
  readonly value: number;
}

/** How a metric of one run went. Either part may be empty. */
export interface Curve {
  readonly name: string;
  readonly training: readonly CurvePoint[];
  readonly validation: readonly CurvePoint[];
  readonly test: number | null;
}

/** A level to compare curves with. */
export interface Reference {
  readonly label: string;
  readonly value: number;
}

export function curveOf(run: ReportRun, metric: CurveMetric): Curve {
  const training: CurvePoint[] = [];
  const validation: CurvePoint[] = [];
  for (const record of run.records) {
    if (record.type === 'train') push(training, record.samples, metric === 'auc' ? record.auc : record.loss);
    if (record.type === 'validation') push(validation, record.samples, record.metrics[metric]);
  }
  const test = run.final?.test[metric] ?? null;
  return { name: run.name, training: meansOf(training, (at) => at), validation, test };
}

/**
 * At most `limit` points: neighbours become their mean, weighted by the rows each stands for. For the log-loss, itself
 * a mean over rows, that is the exact mean over more rows.
 */
export function condense(points: readonly CurvePoint[], limit: number): readonly CurvePoint[] {
  const size = Math.ceil(points.length / limit);
  return size <= 1 ? points : meansOf(points, (at) => Math.floor(at / size));
}

/**
 * The means of groups of neighbours, each at the samples of its last point. A last group of less than half the rows of the one
 * before joins it: the end of a curve would else be the mean of a few steps, which is mostly noise.
 */
function meansOf(points: readonly CurvePoint[], groupOf: (at: number) => number): readonly CurvePoint[] {
  const groups: { samples: number; sum: number; rows: number }[] = [];
  points.forEach(({ samples, value }, i) => {
    const rows = Math.max(1, samples - (points[i - 1]?.samples ?? 0));
    const group = (groups[groupOf(i)] ??= { samples, sum: 0, rows: 0 });
    Object.assign(group, { samples, sum: group.sum + rows * value, rows: group.rows + rows });
  });
  const [before, last] = groups.slice(-2);
  if (last !== undefined && last.rows < before!.rows / 2) {
    groups.splice(-2, 2, {
      samples: last.samples,
      sum: before!.sum + last.sum,
      rows: before!.rows + last.rows,
    });
  }
  return groups.map(({ samples, sum, rows }) => ({ samples, value: sum / rows }));
}

/** The log-loss of the base rate on the test rows; on the validation rows while there is no test. */
export function baseRates(runs: readonly ReportRun[]): readonly Reference[] {
  return references('base rate', runs, (run) => {
    const validation = run.records.findLast((record) => record.type === 'validation');
    return (run.final?.test ?? validation?.metrics)?.baseRateLogLoss;
  });
}

/** What the true probabilities reach on the test rows, where they are known. */
export function bestPossible(runs: readonly ReportRun[], metric: CurveMetric): readonly Reference[] {
  return references('best possible', runs, (run) => run.final?.test.bestPossible?.[metric]);
}

/** One line for all runs that agree; a line for each, named, where runs were tested on different rows. */
function references(
  label: string,
  runs: readonly ReportRun[],
  valueOf: (run: ReportRun) => number | null | undefined,
): readonly Reference[] {
  const found = runs.flatMap((run) => {
    const value = valueOf(run);
    return isNumber(value) ? [{ label: `${label}, ${run.name}`, value }] : [];
  });
  const agree = found.every(({ value }) => Math.abs(value - found[0]!.value) < 5e-5);
  return agree ? found.slice(0, 1).map(({ value }) => ({ label, value })) : found;
}

function push(points: CurvePoint[], samples: number, value: number | null): void {
  if (isNumber(value)) points.push({ samples, value });
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
