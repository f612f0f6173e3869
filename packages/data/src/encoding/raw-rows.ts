import { didYouMean } from '@ttrec/core';
import { error } from '../error.ts';

/** A raw value: the text that a file has, or a number; null or '' where it is missing. */
export type RawValue = string | number | bigint | boolean | Date | null;

/** The value of a column in a row: one, or for a multi-valued column a list. */
export type RawCell = RawValue | readonly RawValue[];

/** A row by column. Columns that the encoding does not use are ignored. */
export type RawRow = Readonly<Record<string, RawCell>>;

/** Rows by column: each has the values of all rows. */
export type RawColumns = Readonly<Record<string, ArrayLike<RawCell>>>;

/** Rows that code hands in: one at a time, some at a time, or some by column, in lists or typed arrays of one length. */
export type RowSource = AsyncIterable<RawRow | readonly RawRow[] | RawColumns>;

/** Rows of either form. */
export interface RawRows {
  readonly size: number;
  cell(row: number, column: string): RawCell;
}

/** @throws `data/bad-rows`, `data/missing-column` */
export function fromRows(rows: readonly RawRow[], columns: readonly string[]): RawRows {
  const isList: boolean = Array.isArray(rows);
  if (!isList) throw badRows('rows', 'must be a list', rows);
  rows.forEach((row: unknown, at) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw badRows(`row ${at}`, 'must be an object of values by column', row);
    }
    requireColumns(row, columns, `row ${at}`);
  });
  return { size: rows.length, cell: (row, column) => rows[row]![column]! };
}

/** @throws `data/bad-rows`, `data/missing-column` */
export function fromColumns(given: RawColumns, columns: readonly string[]): RawRows {
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw badRows('columns', 'must be an object of lists by column', given);
  }
  requireColumns(given, columns, 'columns');
  const sizes = columns.map((column) => (Object(given[column]) as { length?: unknown }).length);
  const size = sizes[0];
  columns.forEach((column, i) => {
    if (typeof given[column] === 'string' || typeof sizes[i] !== 'number') {
      throw badRows(`column ${column}`, 'must be a list or a typed array', given[column]);
    }
    if (sizes[i] === size) return;
    throw badRows(`column ${column}`, `must have ${String(size)} values, like ${columns[0]}`, sizes[i]);
  });
  return { size: size as number, cell: (row, column) => given[column]![row]! };
}

function requireColumns(given: object, columns: readonly string[], place: string): void {
  const missing = columns.find((column) => !Object.hasOwn(given, column));
  if (missing === undefined) return;
  throw error('missing-column', {
    subject: place,
    rule: `must have the column ${missing}; null or "" is a missing value`,
    got: Object.keys(given).join(', ') || 'none',
    hint: didYouMean(missing, Object.keys(given)),
  });
}

function badRows(subject: string, rule: string, got: unknown): Error {
  return error('bad-rows', { subject, rule, got });
}
