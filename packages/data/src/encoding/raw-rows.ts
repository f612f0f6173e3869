import { counted, didYouMean } from '@ttrec/core';
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
  /** The values of a column, which must be one that was asked for. */
  column(name: string): ArrayLike<RawCell>;
  /** What errors call the one row that all share; absent for rows. */
  readonly place?: string | undefined;
}

/** @throws `data/bad-rows`, `data/missing-column` */
export function fromRows(rows: readonly RawRow[], columns: readonly string[]): RawRows {
  const isList: boolean = Array.isArray(rows);
  if (!isList) throw badRows('rows', 'must be a list', rows);
  for (let at = 0; at < rows.length; at++) {
    const row: unknown = rows[at];
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) continue;
    throw badRows(`row ${at}`, 'must be an object of values by column', row);
  }
  const values = new Map(columns.map((column) => [column, valuesOf(rows, column)]));
  return { size: rows.length, column: (name) => values.get(name)! };
}

/** Reading a value is faster than asking whether there is one; what objects inherit is none. */
function valuesOf(rows: readonly RawRow[], column: string): RawCell[] {
  const isInherited = column in Object.prototype;
  return rows.map((row, at) => {
    const value = row[column];
    if ((value === undefined || isInherited) && !Object.hasOwn(row, column)) {
      throw missingColumn(row, column, `row ${at}`);
    }
    return value!;
  });
}

/** A row whose values are those of all rows. @throws `data/bad-rows` */
export function fromContext(context: RawRow): RawRows {
  if (typeof context !== 'object' || (context as unknown) === null || Array.isArray(context)) {
    throw badRows('context', 'must be an object of values by column', context);
  }
  return { size: 1, column: (name) => [context[name]!], place: 'context' };
}

/** @throws `data/bad-rows`, `data/missing-column` */
export function fromColumns(given: RawColumns, columns: readonly string[]): RawRows {
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw badRows('columns', 'must be an object of lists by column', given);
  }
  const missing = columns.find((column) => !Object.hasOwn(given, column));
  if (missing !== undefined) throw missingColumn(given, missing, 'columns');
  const sizes = columns.map((column) => (Object(given[column]) as { length?: unknown }).length);
  const size = sizes[0];
  columns.forEach((column, i) => {
    if (typeof given[column] === 'string' || typeof sizes[i] !== 'number') {
      throw badRows(`column ${column}`, 'must be a list or a typed array', given[column]);
    }
    if (sizes[i] === size) return;
    throw badRows(
      `column ${column}`,
      `must have ${counted(size as number, 'value')}, like ${columns[0]}`,
      sizes[i],
    );
  });
  return { size: size as number, column: (name) => given[name]! };
}

function missingColumn(given: object, missing: string, place: string): Error {
  return error('missing-column', {
    subject: place,
    rule: `must have the column ${missing}; null or "" is a missing value`,
    got: Object.keys(given).join(', ') || 'none',
    hint: didYouMean(missing, Object.keys(given)),
  });
}

function badRows(subject: string, rule: string, got: unknown): Error {
  return error('bad-rows', { subject, rule, got });
}
