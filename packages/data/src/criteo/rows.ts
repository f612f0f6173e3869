import { CATEGORIES, INTEGERS } from './columns.ts';

/** Bytes of one row: label, 13 floats, 26 words, two masks of empty cells. */
export const ROW_BYTES = 1 + 4 * INTEGERS + 4 * CATEGORIES + 2 + 4;

/** Up to `capacity` rows in the order of the file. A parser fills one row at a time, at `length`. */
export class CriteoRows {
  readonly capacity: number;
  length = 0;
  /** [capacity] */
  readonly labels: Uint8Array;
  /** [capacity][13] log(1 + max(x, 0)), as DLRM does; 0 for an empty cell. */
  readonly dense: Float32Array;
  /** [capacity][26] The hexadecimal value, or after `encodeBlock` the row of its table. */
  readonly categories: Uint32Array;
  /** [capacity] Bit i is set where I(i+1) is empty. */
  readonly emptyIntegers: Uint16Array;
  /** [capacity] Bit i is set where C(i+1) is empty. */
  readonly emptyCategories: Uint32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.labels = new Uint8Array(capacity);
    this.dense = new Float32Array(capacity * INTEGERS);
    this.categories = new Uint32Array(capacity * CATEGORIES);
    this.emptyIntegers = new Uint16Array(capacity);
    this.emptyCategories = new Uint32Array(capacity);
  }

  /** Appends a row of another block. */
  push(from: CriteoRows, row: number): void {
    const to = this.length++;
    this.labels[to] = from.labels[row]!;
    for (let i = 0; i < INTEGERS; i++) this.dense[to * INTEGERS + i] = from.dense[row * INTEGERS + i]!;
    for (let c = 0; c < CATEGORIES; c++)
      this.categories[to * CATEGORIES + c] = from.categories[row * CATEGORIES + c]!;
    this.emptyIntegers[to] = from.emptyIntegers[row]!;
    this.emptyCategories[to] = from.emptyCategories[row]!;
  }
}
