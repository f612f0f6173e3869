import { mix32 } from '@ttrec/core';
import { numEmbeddingsOf, type CriteoTableEncoding } from '../../encoding/encoding.ts';
import { rowsForUnseen, unseenRow } from '../../ids/unseen.ts';
import { error } from '../../error.ts';
import { bucketOf } from '../../ids/hash.ts';
import { Uint32Table } from '../../ids/uint32-table.ts';
import { CATEGORIES } from '../columns.ts';
import type { CriteoRows } from '../rows.ts';

/** The row of a table for a value of its column, or for an empty cell. */
export type RowOf = (value: number, isEmpty: boolean) => number;

/**
 * The row of each value of a column. Hashed tables: row 0 for an empty cell, otherwise 1 + mix32(value) mod (buckets - 1). Vocabularies: values
 * that they lack get one of the rows before the values, by mix32(value). O(V) to make, O(1) per lookup.
 *
 * @throws `data/bad-encoding` if a vocabulary holds a value twice
 */
export function rowLookup(table: CriteoTableEncoding): RowOf {
  if (table.kind === 'hash') {
    return (value, isEmpty) => (isEmpty ? 0 : bucketOf(mix32(value), table.buckets));
  }
  const { values, emptyRow } = table;
  const first = rowsForUnseen(table);
  const rows = new Uint32Table();
  for (let i = 0; i < values.length; i++) if (first + i !== emptyRow) rows.set(values[i]!, first + i);
  if (rows.size + (emptyRow > 0 ? 1 : 0) !== values.length) {
    const repeated = values.length - rows.size - (emptyRow > 0 ? 1 : 0);
    throw error('bad-encoding', {
      subject: `encoding, table ${table.table} of ${numEmbeddingsOf(table)} rows`,
      rule: 'each value must come once',
      got: `${repeated} that came before`,
    });
  }
  return (value, isEmpty) => {
    if (isEmpty) return emptyRow;
    // No value has row 0, which the table returns for a missing key.
    return rows.get(value) || unseenRow(table, mix32(value));
  };
}

/** Puts the rows of the 26 tables in place of the values of `block.categories`. Once per block. */
export function encodeBlock(block: CriteoRows, rowOf: readonly RowOf[]): void {
  const { categories, emptyCategories, length } = block;
  for (let c = 0; c < CATEGORIES; c++) {
    const rowOfColumn = rowOf[c]!;
    for (let row = 0; row < length; row++) {
      const at = row * CATEGORIES + c;
      categories[at] = rowOfColumn(categories[at]!, ((emptyCategories[row]! >>> c) & 1) === 1);
    }
  }
}
