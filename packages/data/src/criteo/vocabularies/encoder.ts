import { mix32 } from '@ttrec/core';
import { numEmbeddingsOf, type CriteoTableEncoding } from '../../encoding/encoding.ts';
import { rowsForUnseen, unseenRow } from '../../ids/unseen.ts';
import { error } from '../../error.ts';
import { bucketOf } from '../../ids/hash.ts';
import { Uint32Codes } from '../../ids/uint32-codes.ts';
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
  const codes = new Uint32Codes();
  for (let i = 0; i < values.length; i++) if (first + i !== emptyRow) codes.codeOf(values[i]!);
  const repeated = values.length - codes.size - (emptyRow > 0 ? 1 : 0);
  if (repeated !== 0) {
    throw error('bad-encoding', {
      subject: `encoding, table ${table.table} of ${numEmbeddingsOf(table)} rows`,
      rule: 'each value must come once',
      got: `${repeated} that came before`,
    });
  }
  return (value, isEmpty) => {
    if (isEmpty) return emptyRow;
    const code = codes.find(value);
    if (code < 0) return unseenRow(table, mix32(value));
    const row = first + code;
    return emptyRow > 0 && row >= emptyRow ? row + 1 : row;
  };
}

/** Puts rows in the place of the codes of a block. Once per block. @param rowOfCode by column and code */
export function encodeBlock({ categories, length }: CriteoRows, rowOfCode: readonly Uint32Array[]): void {
  for (const [c, rows] of rowOfCode.entries())
    for (let row = 0, at = c; row < length; row++, at += CATEGORIES) categories[at] = rows[categories[at]!]!;
}
