/** A split's position in `splitNames`; a pair that is in none has this one. */
const NO_SPLIT = 3;
/** Splits that a key has room for. */
const SPLITS = 4;

/** Plain data. */
export interface PositivesState {
  /** [users + 1] */
  readonly starts: Uint32Array;
  /** Item and split, sorted within each user. */
  readonly keys: Float64Array;
}

/**
 * The items that each user is known to want, with the first split that says so. 8 bytes a positive; O(log n) per question, with the n positives of a
 * user.
 */
export class KnownPositives {
  readonly state: PositivesState;
  readonly #starts: Uint32Array;
  readonly #keys: Float64Array;

  constructor(state: PositivesState) {
    this.state = state;
    this.#starts = state.starts;
    this.#keys = state.keys;
  }

  get users(): number {
    return this.#starts.length - 1;
  }

  /**
   * @param users the user of each row
   * @param items the item of each row
   * @param rowsOf the rows of each split, in the order of `splitNames`
   */
  static of(users: Uint32Array, items: Uint32Array, rowsOf: readonly Uint32Array[]): KnownPositives {
    const count = users.reduce((most, user) => Math.max(most, user + 1), 0);
    const starts = new Uint32Array(count + 1);
    for (const rows of rowsOf) for (const row of rows) starts[users[row]! + 1]!++;
    for (let user = 0; user < count; user++) starts[user + 1]! += starts[user]!;
    const filled = starts.slice();
    const keys = new Float64Array(starts[count]!);
    rowsOf.forEach((rows, split) => {
      for (const row of rows) keys[filled[users[row]!]!++] = items[row]! * SPLITS + split;
    });
    for (let user = 0; user < count; user++) keys.subarray(starts[user], starts[user + 1]).sort();
    return new KnownPositives({ starts, keys });
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
