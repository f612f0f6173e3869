import { CATEGORIES, INTEGERS } from './columns.ts';

/** Bytes of one row: label, 13 floats, 26 words, two masks of empty cells. */
export const ROW_BYTES = 1 + 4 * INTEGERS + 4 * CATEGORIES + 2 + 4;

/** Up to `capacity` rows in the order of the file. A parser fills one row at a time, at `length`. */
export class CriteoRows {
  readonly capacity: number;
  length: number;
  /** All arrays, [capacity · ROW_BYTES]. */
  readonly bytes: Uint8Array;
  /** [capacity] */
  readonly labels: Uint8Array;
  /** [capacity][13] log(1 + max(x, 0)), as DLRM does; 0 for an empty cell. */
  readonly dense: Float32Array;
  /** [capacity][26] The hexadecimal value, then its code, and in the end the row of its table. */
  readonly categories: Uint32Array;
  /** [capacity] Bit i is set where I(i+1) is empty. */
  readonly emptyIntegers: Uint16Array;
  /** [capacity] Bit i is set where C(i+1) is empty. */
  readonly emptyCategories: Uint32Array;

  /** @param stored the bytes of a block that has `length` rows */
  constructor(capacity: number, stored?: { readonly buffer: ArrayBuffer; readonly length: number }) {
    const { buffer, length } = stored ?? { buffer: new ArrayBuffer(capacity * ROW_BYTES), length: 0 };
    this.capacity = capacity;
    this.length = length;
    this.bytes = new Uint8Array(buffer);
    let at = 0;
    const take = (bytes: number) => (at += bytes) - bytes;
    this.dense = new Float32Array(buffer, take(4 * capacity * INTEGERS), capacity * INTEGERS);
    this.categories = new Uint32Array(buffer, take(4 * capacity * CATEGORIES), capacity * CATEGORIES);
    this.emptyCategories = new Uint32Array(buffer, take(4 * capacity), capacity);
    this.emptyIntegers = new Uint16Array(buffer, take(2 * capacity), capacity);
    this.labels = new Uint8Array(buffer, take(capacity), capacity);
  }
  /** A copy of some rows. */
  pick(rows: readonly number[]): CriteoRows {
    const picked = new CriteoRows(rows.length);
    picked.length = rows.length;
    rows.forEach((row, at) => {
      picked.dense.set(this.dense.subarray(row * INTEGERS, (row + 1) * INTEGERS), at * INTEGERS);
      picked.categories.set(
        this.categories.subarray(row * CATEGORIES, (row + 1) * CATEGORIES),
        at * CATEGORIES,
      );
      picked.emptyIntegers[at] = this.emptyIntegers[row]!;
      picked.emptyCategories[at] = this.emptyCategories[row]!;
      picked.labels[at] = this.labels[row]!;
    });
    return picked;
  }
}
