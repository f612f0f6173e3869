import { powerOfTwo } from '@ttrec/core';
import { ValueGrouper, type RowGradients, type ShardRows } from '@ttrec/embeddings/kind';

/** Rows to be added up along the binary tree over their keys. */
interface Terms {
  /** [R, cols]; overwritten. */
  readonly values: Float32Array;
  readonly cols: number;
  /** [R] */
  readonly counts?: Uint32Array | undefined;
  /** [R]: the shard that a row is of, or the first of the shards whose sum it is. */
  readonly keys: Uint32Array;
  /** [R]: rows; those that are added up follow each other, their keys ascending. */
  readonly order: ArrayLike<number>;
}

/**
 * Adds up the rows at places `from … to - 1` of the order in the first of them. Where a subtree has no row, nothing is added, so that the
 * sum does not depend on which subtrees were added up before.
 */
function addUp(terms: Terms, from: number, to: number): void {
  if (to - from < 2) return;
  const { values, cols, counts, order, keys } = terms;
  const keyAt = (place: number) => keys[order[place]!]!;
  // The bit in which the keys of the two halves differ.
  const bit = 31 - Math.clz32(keyAt(from) ^ keyAt(to - 1));
  let middle = from + 1;
  while ((keyAt(middle) >>> bit) % 2 === 0) middle++;
  addUp(terms, from, middle);
  addUp(terms, middle, to);
  const [sum, term] = [order[from]!, order[middle]!];
  for (let c = 0; c < cols; c++) values[sum * cols + c]! += values[term * cols + c]!;
  if (counts) counts[sum]! += counts[term]!;
}

/** Adds up what the shards of one subtree found, in place. @param values [R, cols] */
export function sumOfShards(
  { ids, shards, counts }: ShardRows,
  values: Float32Array,
  cols: number,
): RowGradients {
  const order = places(ids.length);
  let distinct = 0;
  for (let from = 0, to = 0; from < ids.length; from = to, distinct++) {
    while (to < ids.length && ids[to] === ids[from]) to++;
    addUp({ values, cols, counts, keys: shards, order }, from, to);
    ids[distinct] = ids[from]!;
    if (counts) counts[distinct] = counts[from]!;
    if (distinct < from) values.copyWithin(distinct * cols, from * cols, (from + 1) * cols);
  }
  return {
    // A copy: those of the next subtree come into the same array.
    ids: ids.slice(0, distinct),
    values: values.subarray(0, distinct * cols),
    counts: counts?.subarray(0, distinct),
  };
}

/**
 * Adds up vectors of subtrees, one below the other in the order of their shards, in place.
 * @param values [starts, cols] @param starts the first shard of each subtree @returns the sum, in its first row
 */
export function addSubtrees(values: Float32Array, cols: number, starts: readonly number[]): Float32Array {
  addUp({ values, cols, keys: Uint32Array.from(starts), order: places(starts.length) }, 0, starts.length);
  return values.subarray(0, cols);
}

let ascending = new Uint32Array(0);

/** 0, 1, … length - 1. */
function places(length: number): Uint32Array {
  if (ascending.length < length) ascending = Uint32Array.from({ length: powerOfTwo(length) }, (_, i) => i);
  return ascending;
}

/** The rows that a subtree of shards found. */
export interface SubtreeRows {
  /** Its first shard. */
  readonly start: number;
  readonly rows: RowGradients;
}

/** Adds up the rows of one table that subtrees found. Keeps its arrays: a sum is valid until the next. */
export class RowMerger {
  readonly #cols: number;
  readonly #grouper = new ValueGrouper();
  #capacity = 0;
  #ids = new Uint32Array(0);
  #keys = new Uint32Array(0);
  #counts = new Uint32Array(0);
  #values = new Float32Array(0);
  #sums = new Float32Array(0);

  constructor(cols: number) {
    this.#cols = cols;
  }

  /** @param parts of all shards, in the order of these; not overwritten */
  merge(parts: readonly SubtreeRows[]): RowGradients {
    if (parts.length === 1) return parts[0]!.rows;
    const cols = this.#cols;
    this.#reserve(parts.reduce((sum, { rows }) => sum + rows.ids.length, 0));
    const [values, keys, sums] = [this.#values, this.#keys, this.#sums];
    const counts = parts[0]?.rows.counts && this.#counts;
    let count = 0;
    for (const { start, rows } of parts) {
      this.#ids.set(rows.ids, count);
      values.set(rows.values, count * cols);
      counts?.set(rows.counts!, count);
      keys.fill(start, count, count + rows.ids.length);
      count += rows.ids.length;
    }
    const { distinct, values: ids, offsets, positions } = this.#grouper.group(this.#ids, count);
    const terms: Terms = { values, cols, counts, keys, order: positions };
    const summed = counts && new Uint32Array(distinct);
    for (let u = 0; u < distinct; u++) {
      addUp(terms, offsets[u]!, offsets[u + 1]!);
      const row = positions[offsets[u]!]!;
      for (let c = 0; c < cols; c++) sums[u * cols + c] = values[row * cols + c]!;
      if (summed) summed[u] = counts[row]!;
    }
    return { ids, values: sums.subarray(0, distinct * cols), counts: summed };
  }

  #reserve(rows: number): void {
    if (this.#capacity >= rows) return;
    const capacity = powerOfTwo(rows);
    this.#capacity = capacity;
    this.#ids = new Uint32Array(capacity);
    this.#keys = new Uint32Array(capacity);
    this.#counts = new Uint32Array(capacity);
    this.#values = new Float32Array(capacity * this.#cols);
    this.#sums = new Float32Array(capacity * this.#cols);
  }
}
