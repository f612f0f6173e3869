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
  return { name: run.name, training, validation, test };
}

/**
 * At most `limit` points: neighbours become their mean, weighted by the rows each stands for. For the log-loss, itself
 * a mean over rows, that is the exact mean over more rows.
 */
export function condense(points: readonly CurvePoint[], limit: number): readonly CurvePoint[] {
  const size = Math.ceil(points.length / limit);
  if (size <= 1) return points;
  const condensed: CurvePoint[] = [];
  for (let start = 0; start < points.length; start += size) {
    let sum = 0;
    let rows = 0;
    const end = Math.min(points.length, start + size);
    for (let i = start; i < end; i++) {
      const weight = Math.max(1, points[i]!.samples - (points[i - 1]?.samples ?? 0));
      sum += weight * points[i]!.value;
      rows += weight;
    }
    condensed.push({ samples: points[end - 1]!.samples, value: sum / rows });
  }
  return condensed;
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
