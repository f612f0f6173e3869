import type { Backend } from '@ttrec/backend';
import type { HostRoutines } from '@ttrec/backend/driver';
import { powerOfTwo } from '@ttrec/core';

/** Counters of a pass stay in the first-level cache. */
const MOST_BITS = 12;

/** Positions 0 … n - 1 grouped by their value. U distinct values. The arrays are the grouper's own: valid until it groups again. */
export interface Groups {
  readonly distinct: number;
  /** [U]: the distinct values, ascending. */
  readonly values: Uint32Array;
  /** [U + 1]: group u holds `positions[offsets[u] … offsets[u + 1] - 1]`. */
  readonly offsets: Uint32Array;
  /** [n]: positions, grouped, ascending within a group. */
  readonly positions: Uint32Array;
  /** [n]: the group of each position. */
  readonly groupOf: Uint32Array;
}

/**
 * Groups uint32 values by stable least-significant-digit radix sort: O(n) time, in as few passes as pay for `n` values and
 * the largest of them. Keeps its scratch memory from call to call.
 */
export class ValueGrouper {
  #distinct = new Uint32Array(0);
  /** The values, as far as they are sorted, and where each was; those of the next pass. */
  #keys = new Uint32Array(0);
  #positions = new Uint32Array(0);
  #keysNext = new Uint32Array(0);
  #positionsNext = new Uint32Array(0);
  #groupOf = new Uint32Array(0);
  #offsets = new Uint32Array(1);
  readonly #counts = new Uint32Array(1 << MOST_BITS);
  readonly #host: HostRoutines | undefined;
  #scratch = new Uint32Array(0);

  /** @param backend does the work where it has routines for it */
  constructor(backend?: Pick<Backend, 'host'>) {
    this.#host = backend?.host;
  }

  /** @param values uint32 values [at least n]; the first `n` count. */
  group(values: Uint32Array, n = values.length): Groups {
    this.#reserve(n);
    const distinct = this.#host ? this.#groupBy(this.#host, values, n) : this.#collect(values, n);
    return {
      distinct,
      values: this.#distinct.subarray(0, distinct),
      offsets: this.#offsets.subarray(0, distinct + 1),
      positions: this.#positions.subarray(0, n),
      groupOf: this.#groupOf.subarray(0, n),
    };
  }

  #groupBy(host: HostRoutines, values: Uint32Array, n: number): number {
    if (this.#scratch.length < 4 * n) this.#scratch = new Uint32Array(4 * powerOfTwo(n));
    const groups = [this.#distinct, this.#offsets, this.#positions, this.#groupOf, this.#scratch] as const;
    return host.group(values, n, groups);
  }

  #reserve(n: number): void {
    if (this.#distinct.length >= n) return;
    const capacity = powerOfTwo(n);
    this.#distinct = new Uint32Array(capacity);
    this.#keys = new Uint32Array(capacity);
    this.#positions = new Uint32Array(capacity);
    this.#keysNext = new Uint32Array(capacity);
    this.#positionsNext = new Uint32Array(capacity);
    this.#groupOf = new Uint32Array(capacity);
    this.#offsets = new Uint32Array(capacity + 1);
  }

  /** Leaves the values in order in `#keys`, and their positions in `#positions`. */
  #sort(values: Uint32Array, n: number): void {
    if (isAscending(values, n)) {
      this.#keys.set(values.subarray(0, n));
      for (let i = 0; i < n; i++) this.#positions[i] = i;
      return;
    }
    const bits = bitsOf(values, n);
    const passes = passesFor(bits, n);
    const bitsOfPass = Math.ceil(bits / passes);
    for (let pass = 0; pass < passes; pass++) {
      this.#pass(pass === 0 ? values : this.#keys, pass, bitsOfPass, n);
    }
  }

  /** Values move with their positions: looking them up anew would wait for the second-level cache at every step. */
  #pass(keys: Uint32Array, pass: number, bits: number, n: number): void {
    const [positions, keysNext, positionsNext] = [this.#positions, this.#keysNext, this.#positionsNext];
    const mask = (1 << bits) - 1;
    const shift = pass * bits;
    const next = this.#starts(keys, shift, mask, n);
    for (let i = 0; i < n; i++) {
      const key = keys[i]!;
      const digit = (key >>> shift) & mask;
      const to = next[digit]!;
      next[digit] = to + 1;
      keysNext[to] = key;
      positionsNext[to] = pass === 0 ? i : positions[i]!;
    }
    this.#keysNext = this.#keys;
    this.#keys = keysNext;
    this.#positions = positionsNext;
    this.#positionsNext = positions;
  }

  /** Where the first value with each digit goes. */
  #starts(values: Uint32Array, shift: number, mask: number, n: number): Uint32Array {
    const counts = this.#counts.fill(0, 0, mask + 1);
    for (let i = 0; i < n; i++) counts[(values[i]! >>> shift) & mask]!++;
    let start = 0;
    for (let digit = 0; digit <= mask; digit++) {
      const count = counts[digit]!;
      counts[digit] = start;
      start += count;
    }
    return counts;
  }

  /** The distinct values in order, where each begins, and the group of each position; how many values they are. */
  #collect(values: Uint32Array, n: number): number {
    this.#sort(values, n);
    const [keys, positions] = [this.#keys, this.#positions];
    const [distinctValues, offsets, groupOf] = [this.#distinct, this.#offsets, this.#groupOf];
    let group = -1;
    let last = n > 0 ? ~keys[0]! : 0;
    // No branch: whether the next value is a new one is anyone's guess.
    for (let i = 0; i < n; i++) {
      const key = keys[i]! | 0;
      group += Number(key !== last);
      last = key;
      distinctValues[group] = key;
      offsets[group + 1] = i + 1;
      groupOf[positions[i]!] = group;
    }
    return group + 1;
  }
}

/** The ids that a table hands to one inside it are often sorted already. */
function isAscending(values: Uint32Array, n: number): boolean {
  for (let i = 1; i < n; i++) if (values[i]! < values[i - 1]!) return false;
  return true;
}

/** Bits of the largest value. */
function bitsOf(values: Uint32Array, n: number): number {
  let all = 0;
  for (let i = 0; i < n; i++) all |= values[i]!;
  return 32 - Math.clz32(all);
}

/** Keys are moved as often as counters are cleared: as many counters as keys, or as stay in cache. */
function passesFor(bits: number, n: number): number {
  return Math.ceil(bits / Math.max(4, Math.min(MOST_BITS, 31 - Math.clz32(n))));
}
