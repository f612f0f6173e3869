/** Counters of a pass stay in the first-level cache. */
const MOST_BITS = 11;

/** Positions 0 … n - 1 grouped by their value. U distinct values. The arrays are the grouper's own: valid until it groups again. */
export interface Groups {
  readonly distinct: number;
  /** [U]: the distinct values, ascending. */
  readonly values: Uint32Array;
  /** [U + 1]: group u holds `positions[offsets[u] … offsets[u + 1] - 1]`. */
  readonly offsets: Uint32Array;
  /** [n]: positions, grouped, ascending within a group. */
  readonly positions: Uint32Array;
  /** [n]: the group of each position; computed when it is first asked for. */
  readonly groupOf: Uint32Array;
}

/**
 * Groups uint32 values by stable least-significant-digit radix sort: O(n) time in at most three passes of 11 bits, as few
 * and as narrow as the largest value allows. Keeps its scratch memory from call to call.
 */
export class ValueGrouper {
  #keys = new Uint32Array(0);
  #keysNext = new Uint32Array(0);
  #positions = new Uint32Array(0);
  #positionsNext = new Uint32Array(0);
  #groupOf = new Uint32Array(0);
  #offsets = new Uint32Array(1);
  readonly #counts = new Uint32Array(1 << MOST_BITS);

  /** @param values uint32 values [at least n]; the first `n` count. */
  group(values: Uint32Array, n = values.length): Groups {
    this.#reserve(n);
    const bits = 32 - Math.clz32(this.#load(values, n));
    const passes = Math.ceil(bits / MOST_BITS);
    const bitsOfPass = Math.ceil(bits / passes);
    for (let pass = 0; pass < passes; pass++) this.#pass(pass * bitsOfPass, bitsOfPass, n);
    const distinct = this.#collect(n);
    const offsets = this.#offsets.subarray(0, distinct + 1);
    const positions = this.#positions.subarray(0, n);
    let groupOf: Uint32Array | undefined;
    const groupOfEach = () => (groupOf ??= this.#groupOfEach(offsets, positions));
    return {
      distinct,
      values: this.#keys.subarray(0, distinct),
      offsets,
      positions,
      get groupOf() {
        return groupOfEach();
      },
    };
  }

  #groupOfEach(offsets: Uint32Array, positions: Uint32Array): Uint32Array {
    const groupOf = this.#groupOf.subarray(0, positions.length);
    for (let group = 0, i = 0; i < positions.length; group++) {
      for (const end = offsets[group + 1]!; i < end; i++) groupOf[positions[i]!] = group;
    }
    return groupOf;
  }

  #reserve(n: number): void {
    if (this.#keys.length >= n) return;
    const capacity = 2 ** Math.ceil(Math.log2(n));
    this.#keys = new Uint32Array(capacity);
    this.#keysNext = new Uint32Array(capacity);
    this.#positions = new Uint32Array(capacity);
    this.#positionsNext = new Uint32Array(capacity);
    this.#groupOf = new Uint32Array(capacity);
    this.#offsets = new Uint32Array(capacity + 1);
  }

  #load(values: Uint32Array, n: number): number {
    let largest = 0;
    for (let i = 0; i < n; i++) {
      const value = values[i]!;
      this.#keys[i] = value;
      this.#positions[i] = i;
      if (value > largest) largest = value;
    }
    return largest;
  }

  #pass(shift: number, bits: number, n: number): void {
    const keys = this.#keys;
    const positions = this.#positions;
    const keysNext = this.#keysNext;
    const positionsNext = this.#positionsNext;
    const mask = (1 << bits) - 1;
    const counts = this.#counts.fill(0, 0, mask + 1);
    for (let i = 0; i < n; i++) counts[(keys[i]! >>> shift) & mask]!++;
    let start = 0;
    for (let digit = 0; digit <= mask; digit++) {
      const count = counts[digit]!;
      counts[digit] = start;
      start += count;
    }
    for (let i = 0; i < n; i++) {
      const key = keys[i]!;
      const target = counts[(key >>> shift) & mask]!++;
      keysNext[target] = key;
      positionsNext[target] = positions[i]!;
    }
    this.#keys = keysNext;
    this.#keysNext = keys;
    this.#positions = positionsNext;
    this.#positionsNext = positions;
  }

  /** Squeezes equal neighbours of the sorted keys together, in place. */
  #collect(n: number): number {
    const keys = this.#keys;
    let distinct = 0;
    for (let i = 0; i < n; i++) {
      const key = keys[i]!;
      if (i === 0 || key !== keys[distinct - 1]) {
        keys[distinct] = key;
        this.#offsets[distinct] = i;
        distinct++;
      }
    }
    this.#offsets[distinct] = n;
    return distinct;
  }
}
