import type { FinalRecord } from '@ttrec/training/records';
import { formatTable } from '../terminal/format.ts';
import { cellText, headlineColumns } from './columns.ts';

/** One line of the table: a run, and what it came to if it has ended. */
export interface RunTableRow {
  readonly name: string;
  readonly final?: FinalRecord | undefined;
}

/** The headline table of a report as aligned plain text, without a newline at its end. */
export function renderRunTable(rows: readonly RunTableRow[]): string {
  const columns = headlineColumns(rows.flatMap(({ final }) => final ?? []));
  return formatTable(
    ['run', ...columns.map(({ head }) => head)],
    rows.map(({ name, final }) => [name, ...columns.map((column) => cellText(column, final))]),
  );
}
