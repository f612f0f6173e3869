import type { RowSpan } from '@ttrec/embeddings/model';
import { subtreesOf, type ShardRange } from './shard-tree.ts';

/** The shards of a batch that a worker computes. */
export interface BatchPart {
  /** The sum of the weights of the rows of the whole batch: their number where they have none. */
  readonly batchWeight: number;
  /** Of the whole batch. */
  readonly shards: number;
  /** The number of the first shard that the worker has. */
  readonly first: number;
  /** Which rows of the worker each of its shards is. */
  readonly spans: readonly RowSpan[];
}

/** Shards that are added up before they are sent. */
export interface Subtree {
  /** The first of them. */
  readonly start: number;
  /** Rows of each. */
  readonly spans: readonly RowSpan[];
}

export function subtreesOfPart({ shards, first, spans }: BatchPart): Subtree[] {
  const range: ShardRange = { start: first, end: first + spans.length };
  return subtreesOf(range, shards).map(({ start, end }) => ({
    start,
    spans: spans.slice(start - first, end - first),
  }));
}
