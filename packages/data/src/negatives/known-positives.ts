/** A split's position in `splitNames`; a pair that is in none has this one. */
const NO_SPLIT = 3;
/** Splits that a key has room for. */
const SPLITS = 4;

/**
 * The items that each user is known to want, with the first split that says so. 8 bytes a positive; O(log n) per question, with the n positives of a
 * user.
 */
export class KnownPositives {
  readonly users: number;
  /** [users + 1] */
  readonly #starts: Uint32Array;
  /** Item and split, sorted within each user. */
  readonly #keys: Float64Array;

  /**
   * @param users the user of each row
   * @param items the item of each row
   * @param rowsOf the rows of each split, in the order of `splitNames`
   */
  constructor(users: Uint32Array, items: Uint32Array, rowsOf: readonly Uint32Array[]) {
    this.users = users.reduce((most, user) => Math.max(most, user + 1), 0);
    const starts = new Uint32Array(this.users + 1);
    for (const rows of rowsOf) for (const row of rows) starts[users[row]! + 1]!++;
    for (let user = 0; user < this.users; user++) starts[user + 1]! += starts[user]!;
    const filled = starts.slice();
    this.#keys = new Float64Array(starts[this.users]!);
    rowsOf.forEach((rows, split) => {
      for (const row of rows) this.#keys[filled[users[row]!]!++] = items[row]! * SPLITS + split;
    });
    for (let user = 0; user < this.users; user++) {
      this.#keys.subarray(starts[user], starts[user + 1]).sort();
    }
    this.#starts = starts;
  }

  /** The first split that has the pair, as a position in `splitNames`, or `NO_SPLIT`. */
  splitOf(user: number, item: number): number {
    let low = this.#starts[user]!;
    let high = this.#starts[user + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < item * SPLITS) low = middle + 1;
      else high = middle;
    }
    const key = low < this.#starts[user + 1]! ? this.#keys[low]! : -1;
    return Math.floor(key / SPLITS) === item ? key % SPLITS : NO_SPLIT;
  }

  /** The different items of a user, each with its first split. */
  *itemsOf(user: number): Generator<{ readonly item: number; readonly split: number }> {
    let before = -1;
    for (let at = this.#starts[user]!; at < this.#starts[user + 1]!; at++) {
      const item = Math.floor(this.#keys[at]! / SPLITS);
      if (item !== before) yield { item, split: this.#keys[at]! % SPLITS };
      before = item;
    }
  }
}
