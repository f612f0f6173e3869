import type { FrontierPoint, PlannedTable } from '@ttrec/planner';
import { printable } from '@ttrec/core';
import type { TableConfig } from '@ttrec/embeddings';
import { formatBytes, formatCompression, formatCount, formatLoss, formatTable } from '../terminal/format.ts';
import type { PlannedModelFile } from './plan-model.ts';

/** Lines of the frontier in the terminal. */
const FRONTIER_LINES = 12;

/** What was chosen for each table, and what it comes to. */
export function budgetText({ plan, mlpBytes, weightBytes, headerBytes }: PlannedModelFile): string {
  const table = formatTable(
    ['table', 'rows', 'kind', 'setting', 'bytes', 'dense', 'multiply-adds/row', 'expected loss'],
    plan.tables.map((row) => [
      row.name,
      formatCount(row.numEmbeddings),
      row.kind,
      settingOf(row.config),
      formatBytes(row.bytes),
      formatBytes(row.denseBytes),
      formatCount(row.multiplyAddsPerLookup),
      formatLoss(row.loss),
    ]),
  );
  const tableBytes = weightBytes - mlpBytes;
  const gap =
    plan.gap === 0
      ? 'no better combination of the options'
      : `at most ${formatLoss(plan.gap)} above the best`;
  return (
    `${table}\n\nbudget ${formatCount(plan.budget)} bytes; weights ${formatCount(weightBytes)}: tables ${formatCount(tableBytes)},` +
    ` MLPs ${formatCount(mlpBytes)}; the header of the file takes at most ${formatCount(headerBytes)}` +
    `\ntables ${formatCompression(sumOf(plan.tables, 'denseBytes') / tableBytes)} smaller than dense;` +
    ` expected loss ${formatLoss(plan.expectedLoss)} of the tables' variance, ${gap}`
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

/** The numbers of a config, in brief: `ranks 8`, `buckets 20000 modulo, ranks 4`. */
function settingOf(config: TableConfig): string {
  const parts = Object.entries(config).flatMap(([field, value]: [string, unknown]) => {
    if (field === 'kind') return [];
    if (typeof value === 'object' && value !== null && 'kind' in value) {
      const inside = settingOf(value as TableConfig);
      return inside === '–' ? [] : [inside];
    }
    return [`${field} ${Array.isArray(value) ? value.join('·') : String(value)}`];
  });
  return parts.length === 0 ? '–' : parts.join(', ');
}

function sumOf(tables: readonly PlannedTable[], field: 'bytes' | 'denseBytes'): number {
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
