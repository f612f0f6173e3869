import { counted } from '@ttrec/core';
import type { RawColumns, RawRow, RowSource } from '../encoding/raw-rows.ts';
import { error } from '../error.ts';
import { emptyFile } from '../read/read-bytes.ts';
import { RowCounter, type Reading, type RecordHandler } from '../records/record-handler.ts';
import { objectBlock, RowWriter, type ValueBlock } from '../records/write-rows.ts';

/** What such rows are called in errors and reports. */
export const ROWS = 'rows';
/** Single rows that are written together. */
const ROWS_PER_BLOCK = 1024;

/**
 * Reads rows that code hands in. A row is `{ user: 'u1', age: 31 }`, and a batch by column `{ user: ['u1', 'u2'], age: Float64Array.of(31, 7) }`.
 * @throws `data/bad-rows`, `data/empty-file`, `data/unknown-column`
 */
export async function* readCodeRows(
  { rows, wanted }: { readonly rows: RowSource; readonly wanted: readonly string[] },
  handler: RecordHandler,
  reading: Reading,
): AsyncGenerator<void> {
  const writer = new RowWriter(ROWS, handler, wanted);
  const counter = new RowCounter(reading);
  let single: RawRow[] = [];
  const write = (block: ValueBlock) => {
    writer.write(block);
    counter.rows += block.size;
    counter.report();
  };
  const writeSingle = () => {
    const start = counter.rows;
    write(objectBlock(single, (row) => start + row + 1));
    single = [];
  };
  for await (const item of rows) {
    if (isRow(item)) {
      if (single.push(item) < ROWS_PER_BLOCK) continue;
      writeSingle();
    } else {
      if (single.length > 0) writeSingle();
      const start = counter.rows;
      const line = (row: number) => start + row + 1;
      if (Array.isArray(item)) write(objectBlock(checkedRows(item as readonly RawRow[], start), line));
      else write(columnBlock(item as RawColumns, start, line));
    }
    yield;
  }
  if (single.length > 0) writeSingle();
  if (counter.rows === 0) throw emptyFile(ROWS);
  writer.finish();
  counter.finish();
  yield;
}

/** A row has values, and a batch by column a list or typed array for each column. */
function isRow(item: unknown): item is RawRow {
  if (typeof item !== 'object' || item === null)
    throw badRows('each item must be a row, a list of rows, or lists by column', item);
  if (Array.isArray(item)) return false;
  const values = Object.values(item);
  return values.length === 0 || !values.every((value) => ArrayBuffer.isView(value) || Array.isArray(value));
}

function checkedRows(rows: readonly RawRow[], start: number): readonly RawRow[] {
  rows.forEach((row: unknown, at) => {
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return;
    throw badRows(`row ${start + at + 1} must be an object of values by column`, row);
  });
  return rows;
}

function columnBlock(columns: RawColumns, start: number, line: (row: number) => number): ValueBlock {
  const names = Object.keys(columns);
  const size = columns[names[0]!]!.length;
  const uneven = names.find((name) => columns[name]!.length !== size);
  if (uneven !== undefined) {
    const rule = `the columns from row ${start + 1} on must have ${counted(size, 'value')} each, like ${names[0]}`;
    throw badRows(rule, `${columns[uneven]!.length} in ${uneven}`);
  }
  return { size, names, line, value: (row, column) => columns[column]?.[row] };
}

function badRows(rule: string, got: unknown): Error {
  return error('bad-rows', { subject: 'openDataset, rows', rule, got });
}
