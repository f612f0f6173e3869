import type { RawRow, RawCell } from '@ttrec/data/encoding';
import type { ScoreFormat } from './row-file.ts';

/** A row to write: what is carried along, then its scores. */
export interface ScoredRow {
  readonly row: RawRow;
  readonly line: number;
  readonly logit: number;
  readonly probability: number;
  /** From 1, in a ranked list. */
  readonly rank?: number | undefined;
}

/** Turns scored rows into the lines of a file. */
export interface ScoreLines {
  /** Empty in JSON lines. */
  readonly header: string;
  line(row: ScoredRow): string;
}

/**
 * @param keep columns that are carried along
 * @param options.numbered whether `line`, the number of the line, comes before them; by default where there are none
 */
export function scoreLines(
  format: ScoreFormat,
  keep: readonly string[],
  {
    ranked = false,
    numbered = keep.length === 0,
  }: { readonly ranked?: boolean; readonly numbered?: boolean } = {},
): ScoreLines {
  const names = [...(ranked ? ['rank'] : []), ...(numbered ? ['line'] : []), ...keep, 'probability', 'logit'];
  const valuesOf = ({ row, line, rank, probability, logit }: ScoredRow): RawCell[] => [
    ...(ranked ? [rank!] : []),
    ...(numbered ? [line] : []),
    ...keep.map((column) => row[column] ?? null),
    probability,
    logit,
  ];
  if (format === 'csv') {
    return {
      header: `${names.map(csvCell).join(',')}\n`,
      line: (row) => `${valuesOf(row).map(csvCell).join(',')}\n`,
    };
  }
  const keys = names.map((name) => JSON.stringify(name));
  const json = (value: RawCell) => JSON.stringify(typeof value === 'bigint' ? String(value) : value);
  return {
    header: '',
    line: (row) =>
      `{${valuesOf(row)
        .map((value, i) => `${keys[i]}:${json(value)}`)
        .join(',')}}\n`,
  };
}

/** Numbers in the shortest decimal form that reads back as the same bits. A list is written as JSON. */
function csvCell(value: RawCell): string {
  if (typeof value === 'number') return String(value);
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
