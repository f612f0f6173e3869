import type { LabelConfig } from '../config/table.ts';
import { parseDecimal } from '../cells/number.ts';
import type { ColumnSummary } from './column-stats.ts';

/** A column that tells the label of so many rows gives it away. */
const TOLD = 0.998;
/** Values are compared with the label if they have so many rows each in the mean. */
const ROWS_PER_VALUE = 5;

/** The labels of the kept rows: 1, 0, or undefined where there is none. */
export function labelsOf(
  label: LabelConfig,
  columns: readonly ColumnSummary[],
): (number | undefined)[] | undefined {
  if ('versus' in label || 'every' in label) return undefined;
  const column = columns.find(({ name }) => name === label.column);
  return column?.codes.map((code) => {
    const text = column.textAt(code);
    if (text === undefined || text === '') return undefined;
    if ('atLeast' in label) return Number((parseDecimal(text) ?? NaN) >= label.atLeast);
    return Number('equals' in label ? text === label.equals : label.oneOf.includes(text));
  });
}

/**
 * The share of rows whose label the most frequent label of their value in this column tells; undefined if values have too few rows to tell.
 */
function shareTold(
  { codes, distinct }: ColumnSummary,
  labels: readonly (number | undefined)[],
): number | undefined {
  if (distinct * ROWS_PER_VALUE > codes.length) return undefined;
  const counts = new Map<number, [negative: number, positive: number]>();
  let rows = 0;
  codes.forEach((code, row) => {
    const label = labels[row];
    if (label === undefined) return;
    const count = counts.get(code) ?? [0, 0];
    count[label]!++;
    counts.set(code, count);
    rows++;
  });
  const told = [...counts.values()].reduce(
    (sum, [negative, positive]) => sum + Math.max(negative, positive),
    0,
  );
  return rows === 0 ? undefined : told / rows;
}

/** A column of which so many of the latest rows have values that came never before says nothing of later rows. */
const NEW = 0.95;
const LATEST = 0.2;

/** The share of the latest rows with a value that no earlier row has; `times` are the numbers of the kept rows. */
function shareNew({ codes }: ColumnSummary, times: readonly number[]): number {
  const order = Array.from(codes.keys()).toSorted((a, b) => times[a]! - times[b]!);
  const from = Math.floor(order.length * (1 - LATEST));
  const seen = new Set(order.slice(0, from).map((row) => codes[row]));
  const latest = order.slice(from);
  return latest.filter((row) => !seen.has(codes[row])).length / latest.length;
}

/** Whether values do not come again, so that a split by time leaves nothing learnt of them. */
export function isFleeting(column: ColumnSummary, times: readonly number[]): boolean {
  return column.codes.length > 0 && shareNew(column, times) >= NEW;
}

/** Whether a column gives the label away, where guessing does not. */
export function isLeak(column: ColumnSummary, labels: readonly (number | undefined)[]): boolean {
  const told = shareTold(column, labels);
  const known = labels.filter((label) => label !== undefined);
  const positive = known.reduce((sum, label) => sum + label, 0) / known.length;
  return told !== undefined && told >= TOLD && Math.max(positive, 1 - positive) < TOLD - 0.02;
}
