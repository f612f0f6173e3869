import type { Batch } from '@ttrec/data';
import { addGradients, type HostGradients, type LabelledBatch } from '@ttrec/dlrm';
import type { Bags } from '@ttrec/embeddings';

/** Shards of a batch where several workers train and the config names no number. */
export const DEFAULT_SHARDS = 8;

/** Rows `start … end - 1`, or shards. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Cuts a batch into at most `shards` parts of ⌈rows / shards⌉ rows, the last of fewer. The number of workers is no part of it. */
export function shardSpans(rows: number, shards: number): Span[] {
  const length = Math.ceil(rows / shards);
  const count = Math.ceil(rows / length);
  return Array.from({ length: count }, (_, s) => {
    return { start: s * length, end: Math.min(rows, (s + 1) * length) };
  });
}

/** The shards that a worker computes: workers in the order of their ranks, shards in their order. */
export function shardsOf(rank: number, workers: number, shards: number): Span {
  return { start: Math.floor((shards * rank) / workers), end: Math.floor((shards * (rank + 1)) / workers) };
}

/** The rows of a span. */
export function rowsOf(batch: Batch, { start, end }: Span): LabelledBatch {
  const columns = batch.dense.length / batch.size;
  const offsets = new Map<Uint32Array, Uint32Array>();
  return {
    size: end - start,
    dense: batch.dense.subarray(start * columns, end * columns),
    labels: batch.labels.subarray(start, end),
    weights: batch.weights?.subarray(start, end),
    features: batch.features.map((bags) => bagsOf(bags, { start, end }, offsets)),
  };
}

/** @param cut features of single values share their offsets, before and after */
function bagsOf(bags: Bags, { start, end }: Span, cut: Map<Uint32Array, Uint32Array>): Bags {
  const [first, last] = [bags.offsets[start]!, bags.offsets[end]!];
  const offsets =
    cut.get(bags.offsets) ?? bags.offsets.subarray(start, end + 1).map((offset) => offset - first);
  cut.set(bags.offsets, offsets);
  const indices = bags.indices.subarray(first, last);
  const { perSampleWeights } = bags;
  return perSampleWeights
    ? { indices, offsets, perSampleWeights: perSampleWeights.subarray(first, last) }
    : { indices, offsets };
}

/** The gradients of `length` shards from number `start` on, added up. */
export interface PartialSum {
  readonly start: number;
  readonly length: number;
  readonly gradients: HostGradients;
}

/**
 * Adds gradients of shards along a binary tree over their numbers: 0 + 1, 2 + 3, then their sums, and so on. Any split of the shards among
 * workers gives the same sum, bit for bit, for a worker adds up whole subtrees only.
 */
export class ShardSum {
  readonly #parts: PartialSum[] = [];

  /** Adds what comes next in the order of the shards. Its gradients may be overwritten. */
  add(part: PartialSum): void {
    this.#parts.push(part);
    for (let pair = this.#lastTwo; isSubtree(pair); pair = this.#lastTwo) this.#merge();
  }

  /** Complete subtrees, in the order of the shards. */
  get parts(): readonly PartialSum[] {
    return this.#parts;
  }

  /** The sum of all, after the last. */
  total(): HostGradients {
    while (this.#parts.length > 1) this.#merge();
    return this.#parts[0]!.gradients;
  }

  get #lastTwo(): readonly PartialSum[] {
    return this.#parts.slice(-2);
  }

  #merge(): void {
    const [left, right] = this.#parts.splice(-2) as [PartialSum, PartialSum];
    const gradients = addGradients(left.gradients, right.gradients);
    this.#parts.push({ start: left.start, length: left.length + right.length, gradients });
  }
}

/** Whether two neighbours are the halves of a node of the tree. */
function isSubtree([left, right]: readonly PartialSum[]): boolean {
  return right !== undefined && left!.length === right.length && left!.start % (2 * left!.length) === 0;
}
