import { powerOfTwo } from '@ttrec/core';
import type { RowGradients, ShardRows } from '@ttrec/embeddings/kind';

/**
 * Where terms `from … to - 1` are cut in two along the binary tree over their keys, ascending: where the highest bit changes in which these
 * differ. A subtree without a term adds nothing, so that a sum does not depend on which subtrees were added up before.
 * @param keys the shard of each term, or the first of the shards whose sum it is
 */
function cutAt(keys: ArrayLike<number>, from: number, to: number): number {
  const bit = 31 - Math.clz32(keys[from]! ^ keys[to - 1]!);
  let middle = from + 1;
  while ((keys[middle]! >>> bit) % 2 === 0) middle++;
  return middle;
}

/** Rows of shards, to be added up in place. */
interface Terms {
  /** [R, cols] */
  readonly values: Float32Array;
  readonly cols: number;
  /** [R] */
  readonly counts?: Uint32Array | undefined;
  /** [R] */
  readonly shards: Uint32Array;
}

/** Adds up rows `from … to - 1` in the first of them. */
function addRows(terms: Terms, from: number, to: number): void {
  if (to - from < 2) return;
  const { values, cols, counts, shards } = terms;
  const middle = cutAt(shards, from, to);
  addRows(terms, from, middle);
  addRows(terms, middle, to);
  for (let c = 0; c < cols; c++) values[from * cols + c]! += values[middle * cols + c]!;
  if (counts) counts[from]! += counts[middle]!;
}

/** Adds up what the shards of one subtree found, in place. @param values [R, cols] */
export function sumOfShards(
  { ids, shards, counts }: ShardRows,
  values: Float32Array,
  cols: number,
): RowGradients {
  const terms: Terms = { values, cols, counts, shards };
  let distinct = 0;
  for (let from = 0, to = 0; from < ids.length; from = to, distinct++) {
    while (to < ids.length && ids[to] === ids[from]) to++;
    addRows(terms, from, to);
    ids[distinct] = ids[from]!;
    if (counts) counts[distinct] = counts[from]!;
    if (distinct < from) copyRow(values, from, values, distinct, cols);
  }
  return {
    // A copy: those of the next subtree come into the same array.
    ids: ids.slice(0, distinct),
    values: values.subarray(0, distinct * cols),
    counts: counts?.subarray(0, distinct),
  };
}

/** Number by number: a row is short, and views of it would cost more. */
function copyRow(from: Float32Array, row: number, to: Float32Array, place: number, cols: number): void {
  for (let c = 0; c < cols; c++) to[place * cols + c] = from[row * cols + c]!;
}

/**
 * Adds up vectors of subtrees.
 * @param parts in the order of their shards; overwritten
 * @param starts the first shard of each subtree
 * @returns the first of the parts
 */
export function addSubtrees(parts: readonly Float32Array[], starts: readonly number[]): Float32Array {
  const [sum] = parts as readonly [Float32Array];
  if (parts.length === 1) return sum;
  const middle = cutAt(starts, 0, starts.length);
  addSubtrees(parts.slice(0, middle), starts.slice(0, middle));
  const other = addSubtrees(parts.slice(middle), starts.slice(middle));
  for (let i = 0; i < sum.length; i++) sum[i]! += other[i]!;
  return sum;
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
  /** At each depth of the tree, of the two lists that are added there. */
  readonly #sums: (readonly [RowSum, RowSum])[] = [];

  constructor(cols: number) {
    this.#cols = cols;
  }

  /** @param parts of all shards, in the order of these; not overwritten */
  merge(parts: readonly SubtreeRows[]): RowGradients {
    const starts = parts.map(({ start }) => start);
    return this.#merged(parts, starts, 0, 0);
  }

  #merged(
    parts: readonly SubtreeRows[],
    starts: readonly number[],
    depth: number,
    side: 0 | 1,
  ): RowGradients {
    if (parts.length === 1) return parts[0]!.rows;
    const middle = cutAt(starts, 0, starts.length);
    const left = this.#merged(parts.slice(0, middle), starts.slice(0, middle), depth + 1, 0);
    const right = this.#merged(parts.slice(middle), starts.slice(middle), depth + 1, 1);
    const sums = (this.#sums[depth] ??= [new RowSum(this.#cols), new RowSum(this.#cols)]);
    return sums[side].of(left, right);
  }
}

/** The sum of two lists of rows, in arrays that it keeps. */
class RowSum {
  readonly #cols: number;
  #ids = new Uint32Array(0);
  #counts = new Uint32Array(0);
  #values = new Float32Array(0);

  constructor(cols: number) {
    this.#cols = cols;
  }

  /** Rows that both have are added. */
  of(a: RowGradients, b: RowGradients): RowGradients {
    this.#reserve(a.ids.length + b.ids.length);
    const [ids, values, counts] = [this.#ids, this.#values, a.counts && this.#counts];
    const { ids: leftIds, values: leftValues } = a;
    const { ids: rightIds, values: rightValues } = b;
    const [lefts, rights, cols] = [leftIds.length, rightIds.length, this.#cols];
    let i = 0;
    let j = 0;
    let row = 0;
    // No array and no call for a row: either costs as much as its numbers.
    for (let at = 0; i < lefts || j < rights; row++, at += cols) {
      const left = i < lefts ? leftIds[i]! : PAST;
      const right = j < rights ? rightIds[j]! : PAST;
      ids[row] = left < right ? left : right;
      if (counts) counts[row] = (left <= right ? a.counts![i]! : 0) + (right <= left ? b.counts![j]! : 0);
      if (left < right) {
        for (let c = 0, from = i * cols; c < cols; c++) values[at + c] = leftValues[from + c]!;
      } else if (right < left) {
        for (let c = 0, from = j * cols; c < cols; c++) values[at + c] = rightValues[from + c]!;
      } else {
        for (let c = 0, l = i * cols, r = j * cols; c < cols; c++)
          values[at + c] = leftValues[l + c]! + rightValues[r + c]!;
      }
      i += Number(left <= right);
      j += Number(right <= left);
    }
    return {
      ids: ids.subarray(0, row),
      values: values.subarray(0, row * cols),
      counts: counts?.subarray(0, row),
    };
  }

  #reserve(rows: number): void {
    if (this.#ids.length >= rows) return;
    const capacity = powerOfTwo(rows);
    this.#ids = new Uint32Array(capacity);
    this.#counts = new Uint32Array(capacity);
    this.#values = new Float32Array(capacity * this.#cols);
  }
}

/** After the last row: above all ids. */
const PAST = 2 ** 32;
