import { rowLookup } from '../criteo/encoder.ts';
import { error } from '../error.ts';
import { bucketOf, murmur3 } from '../hash.ts';
import type { CriteoTableEncoding, CsvTableEncoding, Encoding } from './encoding.ts';
import { rowsForUnseen, unseenRow, unseenValue } from './unseen.ts';

/** The row of a table for a value as its file has it; the empty string is a missing one. */
export type ValueLookup = (value: string) => number;

/**
 * What serving needs of an encoding: the rows of raw values, unseen ones treated as training was told to.
 * O(V) to make, O(1) to ask.
 *
 * @throws `data/unknown-table`, `data/bad-encoding`; the lookup throws `data/unseen-value`, and of Criteo
 *   `data/bad-value`
 */
export function valueLookup(encoding: Encoding, table: string): ValueLookup {
  if (encoding.format === 'criteo') return criteoLookup(tableOf(encoding.tables, table));
  return csvLookup(tableOf(encoding.tables, table));
}

function csvLookup(table: CsvTableEncoding): ValueLookup {
  if (table.kind === 'hash') {
    return (value) => (value === '' ? 0 : bucketOf(murmur3(value), table.buckets));
  }
  const first = rowsForUnseen(table);
  const rows = new Map(table.values.map((value, i) => [value, first + i]));
  return (value) => rows.get(value) ?? (refuseUnseen(table, value), unseenRow(table, murmur3(value)));
}

function criteoLookup(table: CriteoTableEncoding): ValueLookup {
  const rowOf = rowLookup(table);
  return (value) => {
    if (!/^([0-9a-f]{8})?$/.test(value)) {
      const rule = 'must be 8 hexadecimal digits or empty';
      throw error('bad-value', { subject: `value of table "${table.table}"`, rule, got: value });
    }
    const row = rowOf(value === '' ? 0 : parseInt(value, 16), value === '');
    if (table.kind === 'vocabulary' && row < rowsForUnseen(table)) refuseUnseen(table, value);
    return row;
  };
}

function refuseUnseen(
  table: Extract<CriteoTableEncoding | CsvTableEncoding, { kind: 'vocabulary' }>,
  value: string,
): void {
  if (table.unseen !== 'error') return;
  throw unseenValue('value', { table: table.table, size: table.values.length }, JSON.stringify(value));
}

function tableOf<Table extends { readonly table: string }>(tables: readonly Table[], name: string): Table {
  const found = tables.find(({ table }) => table === name);
  if (found) return found;
  const rule = `must be one of ${tables.map(({ table }) => table).join(', ')}`;
  throw error('unknown-table', { subject: 'table of the encoding', rule, got: name });
}
