import { mix32 } from '@ttrec/core';
import { resized } from '../../cells/growable.ts';
import type { VocabularyIds } from '../../config/common.ts';
import type { CriteoVocabulary } from '../../encoding/encoding.ts';
import { frequencyOrder } from '../../ids/frequency-order.ts';
import { Uint32Codes } from '../../ids/uint32-codes.ts';
import { policyOf, rowsForUnseen, unseenRow } from '../../ids/unseen.ts';
import { TRAIN } from '../../split/split.ts';
import { CATEGORIES } from '../columns.ts';
import type { CriteoRows } from '../rows.ts';
import { rowLookup } from './encoder.ts';
import { hexOf } from './hex.ts';

/** The code of an empty cell, which is a value. */
const EMPTY = 0;
/** The code of the first value that comes. */
const FIRST = 1;

/** The values of one categorical column: their codes while rows are read, then how often training and held-out rows have them, then their rows. */
export class ColumnValues {
  readonly #column: number;
  readonly #codes = new Uint32Codes();
  /** By code. */
  #train = new Uint32Array(FIRST);
  #heldOut = new Uint32Array(FIRST);

  /** @param column number of the column, from 0 */
  constructor(column: number) {
    this.#column = column;
  }

  /** Puts codes in the place of the values of a block. */
  take({ length, categories, emptyCategories }: CriteoRows): void {
    const column = this.#column;
    const codes = this.#codes;
    for (let row = 0, at = column; row < length; row++, at += CATEGORIES) {
      const isEmpty = ((emptyCategories[row]! >>> column) & 1) === 1;
      categories[at] = isEmpty ? EMPTY : FIRST + codes.codeOf(categories[at]!);
    }
  }

  /** Counts the codes of a block. @param splits of its rows */
  count({ length, categories }: CriteoRows, splits: Uint8Array): void {
    this.#reserve();
    const [train, heldOut] = [this.#train, this.#heldOut];
    for (let row = 0, at = this.#column; row < length; row++, at += CATEGORIES) {
      const code = categories[at]!;
      if (splits[row] === TRAIN) train[code]!++;
      else heldOut[code]!++;
    }
  }

  /** By code, from the first value on; 0 for an empty cell. */
  values(): Uint32Array {
    const values = new Uint32Array(FIRST + this.#codes.size);
    values.set(this.#codes.keys(), FIRST);
    return values;
  }

  /** [2 · codes] How often training rows have each code, then how often others have. */
  counts(): Uint32Array {
    const codes = this.#reserve();
    const counts = new Uint32Array(2 * codes);
    counts.set(this.#train.subarray(0, codes));
    counts.set(this.#heldOut.subarray(0, codes), codes);
    return counts;
  }

  /**
   * Adds the values of a part. Parts in the order of their rows get the codes that one reader of all rows assigns.
   * @returns the code of each value by its code in the part
   */
  mergeValues(values: Uint32Array): Uint32Array {
    return values.map((value, code) => (code === EMPTY ? EMPTY : FIRST + this.#codes.codeOf(value)));
  }

  /** @param codes what `mergeValues` returned for the part */
  mergeCounts(counts: Uint32Array, codes: Uint32Array): void {
    this.#reserve();
    for (let code = 0; code < codes.length; code++) {
      this.#train[codes[code]!]! += counts[code]!;
      this.#heldOut[codes[code]!]! += counts[codes.length + code]!;
    }
  }

  /** Makes room to count every code. @returns how many there are */
  #reserve(): number {
    const known = FIRST + this.#codes.size;
    if (known > this.#train.length) {
      const enough = Math.max(known, Math.ceil(1.5 * this.#train.length));
      this.#train = resized(this.#train, enough, uint32Array);
      this.#heldOut = resized(this.#heldOut, enough, uint32Array);
    }
    return known;
  }

  /** Rows by frequency in training, after those of `known`. Ties are ordered by value, the empty cell first. O(V log V). */
  vocabulary(table: string, ids: VocabularyIds, known?: CriteoVocabulary): CountedVocabulary {
    const keys = this.#codes.keys();
    const firstRow = rowsForUnseen(ids);
    const rowOfCode = knownRows(keys, firstRow, known);
    const byValue = this.#byValue(keys);
    const counts = byValue.map((code) => (rowOfCode[code]! < firstRow ? this.#train[code]! : 0));
    const order = frequencyOrder(counts, ids, known?.values.length);
    const before = known?.values ?? new Uint32Array(0);
    const values = new Uint32Array(before.length + order.length);
    values.set(before);
    let emptyRow = known?.emptyRow ?? 0;
    for (let i = 0; i < order.length; i++) {
      const code = byValue[order[i]!]!;
      const row = firstRow + before.length + i;
      rowOfCode[code] = row;
      if (code === EMPTY) emptyRow = row;
      else values[before.length + i] = keys[code - FIRST]!;
    }
    const vocabulary: CriteoVocabulary = { table, kind: 'vocabulary', values, emptyRow, ...policyOf(ids) };
    // No value has row 0.
    for (let code = FIRST; code < rowOfCode.length; code++)
      if (rowOfCode[code] === 0) rowOfCode[code] = unseenRow(vocabulary, mix32(keys[code - FIRST]!));
    const unseen = byValue.filter((code) => rowOfCode[code]! < firstRow && this.#heldOut[code]! > 0);
    const hexOfCode = (code: number) => (code === EMPTY ? '' : hexOf(keys[code - FIRST]!));
    return {
      vocabulary,
      rowOfCode,
      ...this.#counted(rowOfCode, firstRow),
      unseen: unseen.length === 0 ? undefined : { first: hexOfCode(unseen[0]!), values: unseen.length },
    };
  }

  /** The codes in the order of their values, that of the empty cell first. */
  #byValue(keys: Uint32Array): Uint32Array {
    const sorted = keys.slice().sort();
    const codes = new Uint32Array(FIRST + sorted.length);
    for (let i = 0; i < sorted.length; i++) codes[FIRST + i] = FIRST + this.#codes.find(sorted[i]!);
    return codes;
  }

  #counted(rowOfCode: Uint32Array, firstRow: number) {
    let [distinct, known, knownHeldOut] = [0, 0, 0];
    rowOfCode.forEach((row, code) => {
      if (this.#train[code]! > 0) distinct++;
      if (row < firstRow) return;
      known += this.#train[code]!;
      knownHeldOut += this.#heldOut[code]!;
    });
    return { distinct, known, knownHeldOut };
  }
}

/** By code, the rows that a vocabulary gives; 0 for other values. */
function knownRows(keys: Uint32Array, firstRow: number, known: CriteoVocabulary | undefined): Uint32Array {
  const rows = new Uint32Array(FIRST + keys.length);
  if (known === undefined) return rows;
  const rowOf = rowLookup(known);
  const knownRow = (row: number) => (row < firstRow ? 0 : row);
  rows[EMPTY] = knownRow(rowOf(0, true));
  for (let i = 0; i < keys.length; i++) rows[FIRST + i] = knownRow(rowOf(keys[i]!, false));
  return rows;
}

export interface CountedVocabulary {
  readonly vocabulary: CriteoVocabulary;
  /** The row of each code. */
  readonly rowOfCode: Uint32Array;
  /** Different values among training rows. */
  readonly distinct: number;
  /** Training lookups of values in the vocabulary. */
  readonly known: number;
  /** The same among held-out rows. */
  readonly knownHeldOut: number;
  /** Values of held-out rows that the vocabulary lacks: the first, in hexadecimal digits, and their number. */
  readonly unseen: { readonly first: string; readonly values: number } | undefined;
}

const uint32Array = (length: number) => new Uint32Array(length);
