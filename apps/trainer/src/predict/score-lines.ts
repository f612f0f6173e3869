import type { RawRow } from '@ttrec/data';
import type { RawCell } from '@ttrec/data/encoding';
import type { RowFormat } from './row-file.ts';

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
 * @param keep columns that are carried along; `line`, the number of the line, without any
 */
export function scoreLines(
  format: RowFormat,
  keep: readonly string[],
  options: { readonly ranked?: boolean } = {},
): ScoreLines {
  const names = [
    ...(options.ranked ? ['rank'] : []),
    ...(keep.length > 0 ? keep : ['line']),
    'probability',
    'logit',
  ];
  const valuesOf = ({ row, line, rank, probability, logit }: ScoredRow): RawCell[] => [
    ...(options.ranked ? [rank!] : []),
    ...(keep.length > 0 ? keep.map((column) => row[column] ?? null) : [line]),
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
