import type { FrontierPoint, ModelPlan, PlannedTable } from '@ttrec/planner';
import type { PricedTable } from '@ttrec/planner/measure';
import { printable } from '@ttrec/core';
import type { TableConfig } from '@ttrec/embeddings';
import { formatBytes, formatCompression, formatCount, formatLoss, formatTable } from '../terminal/format.ts';
import type { PlannedModelFile, PricedModelFile } from './plan-model.ts';

/** Lines of the frontier in the terminal. */
const FRONTIER_LINES = 12;

/** What was planned for each table, and what it comes to. */
export function budgetText({ plan, ...sizes }: PlannedModelFile): string {
  const { tables, budget } = plan;
  const losses = tables.map(({ loss }) => formatLoss(loss));
  return `${tablesText({ tables, budget, ...sizes }, ['expected loss', ...losses])}${expectedText(plan)}`;
}

/**
 * How tables are stored, and what that comes to.
 *
 * @param column one more: its header, then a cell for each table
 */
export function tablesText(
  { tables, budget, mlpBytes, weightBytes, headerBytes }: PricedModelFile,
  column: readonly string[] = [],
): string {
  const [header = [], ...cells] = column.map((cell) => [cell]);
  const table = formatTable(
    ['table', 'rows', 'kind', 'setting', 'bytes', 'dense', 'multiply-adds/row', ...header],
    tables.map((row, t) => [
      row.name,
      formatCount(row.numEmbeddings),
      row.kind,
      settingOf(row.config),
      formatBytes(row.bytes),
      formatBytes(row.denseBytes),
      formatCount(row.multiplyAddsPerLookup),
      ...(cells[t] ?? []),
    ]),
  );
  const tableBytes = weightBytes - mlpBytes;
  return (
    `${table}\n\nbudget ${formatCount(budget)} bytes; weights ${formatCount(weightBytes)}: tables ${formatCount(tableBytes)},` +
    ` MLPs ${formatCount(mlpBytes)}; the header of the file takes at most ${formatCount(headerBytes)}` +
    `\ntables ${formatCompression(sumOf(tables, 'denseBytes') / tableBytes)} smaller than dense`
  );
}

/** What is expected, how sure that is, and that nothing was measured. */
function expectedText({ expectedLoss, gap, outlooks }: ModelPlan): string {
  const best =
    gap === 0 ? 'no better combination of the options' : `at most ${formatLoss(gap)} above the best`;
  const each = outlooks.map(
    (outlook) =>
      `\n  ${formatLoss(outlook.expectedLoss)} if ${outlook.assumes} (${formatLoss(outlook.regret)} more than the best plan for that)`,
  );
  return (
    `; expected loss ${formatLoss(expectedLoss)} of the tables' variance, ${best}` +
    `\nThis is assumed, not measured:${each.join('')}\n--measure 10m tries it on the rows.`
  );
}

/** Why each table is stored as it is. */
export function explainText(tables: readonly PlannedTable[]): string {
  return tables.map(({ name, kind, because }) => `${printable(name)}: ${kind}; ${because}`).join('\n');
}

/** Some points of the frontier, evenly spaced on a scale of log bytes. */
export function frontierText(points: readonly FrontierPoint[]): string {
  return formatTable(
    ['bytes of the tables in the file', 'expected loss'],
    thinned(points, FRONTIER_LINES).map(({ bytes, expectedLoss }) => [
      formatBytes(bytes),
      formatLoss(expectedLoss),
    ]),
  );
}

/** The numbers of a config, in brief: `ranks 8`, `buckets 20000 modulo, ranks 4`, `(ranks 8) + (rank 1, bits 4)`. */
function settingOf(config: TableConfig): string {
  const parts = Object.entries(config).flatMap(([field, value]: [string, unknown]) => {
    if (field === 'kind') return [];
    if (isTable(value)) {
      const inside = settingOf(value);
      return inside === '–' ? [] : [inside];
    }
    if (!Array.isArray(value)) return [`${field} ${String(value)}`];
    return value.every(isTable)
      ? [value.map((each) => `(${settingOf(each)})`).join(' + ')]
      : [`${field} ${value.join('·')}`];
  });
  return parts.length === 0 ? '–' : parts.join(', ');
}

function isTable(value: unknown): value is TableConfig {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function sumOf(tables: readonly PricedTable[], field: 'bytes' | 'denseBytes'): number {
  return tables.reduce((sum, table) => sum + table[field], 0);
}

/** At most `most` of the points, the first and the last among them, evenly spaced on a scale of log bytes. */
export function thinned(points: readonly FrontierPoint[], most: number): FrontierPoint[] {
  const [first, last] = [points[0]!, points.at(-1)!];
  const step = Math.log(last.bytes / first.bytes) / (most - 1);
  const kept: FrontierPoint[] = [];
  for (const point of points) {
    const due = first.bytes * Math.exp(step * kept.length);
    if (point === last || (point.bytes >= due * (1 - 1e-9) && kept.length < most - 1)) kept.push(point);
  }
  return kept;
}
