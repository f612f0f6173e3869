import type { Batch } from '@ttrec/data';
import { subtreesOf, type LabelledBatch, type ShardRange } from '@ttrec/dlrm';
import type { Bags } from '@ttrec/embeddings';
import type { RowSpan } from '@ttrec/embeddings/kind';

/** Shards of a batch where several workers train and the config names no number. */
export const DEFAULT_SHARDS = 8;

/** Cuts a batch into at most `shards` parts of ⌈rows / shards⌉ rows, the last of fewer. The number of workers is no part of it. */
export function shardSpans(rows: number, shards: number): RowSpan[] {
  const length = Math.ceil(rows / shards);
  const count = Math.ceil(rows / length);
  return Array.from({ length: count }, (_, s) => {
    return { start: s * length, end: Math.min(rows, (s + 1) * length) };
  });
}

/** The shards that a worker computes: workers in the order of their ranks, shards in their order. */
export function shardsOf(rank: number, workers: number, shards: number): ShardRange {
  return { start: Math.floor((shards * rank) / workers), end: Math.floor((shards * (rank + 1)) / workers) };
}

/** The first shards of the subtrees that each worker adds up. */
export function subtreeStarts(workers: number, shards: number): number[][] {
  return Array.from({ length: workers }, (_, rank) =>
    subtreesOf(shardsOf(rank, workers, shards), shards).map(({ start }) => start),
  );
}

/** The rows of a span. */
export function rowsOf(batch: Batch, { start, end }: RowSpan): LabelledBatch {
  if (start === 0 && end === batch.size) return batch;
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
function bagsOf(bags: Bags, { start, end }: RowSpan, cut: Map<Uint32Array, Uint32Array>): Bags {
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
