import { subtreesOf, type ShardRange } from '@ttrec/dlrm/shards';
import type { RowSpan } from '@ttrec/embeddings/model';

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
