/** Shards `start … end - 1` of a batch. */
export interface ShardRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a worker with some of the shards of a batch can add up before it knows the rest. Sums of all shards are taken along a binary tree over
 * their numbers: 0 + 1, 2 + 3, then their sums, and so on. These are the largest subtrees of the worker's shards, in their order.
 *
 * @param shards of the whole batch
 */
export function subtreesOf({ start, end }: ShardRange, shards: number): ShardRange[] {
  const found: ShardRange[] = [];
  while (start < end) {
    let length = 1;
    const fits = () => start % (2 * length) === 0 && Math.min(start + 2 * length, shards) <= end;
    while (start + length < shards && fits()) length *= 2;
    found.push({ start, end: Math.min(start + length, shards) });
    start += length;
  }
  return found;
}

/** Where a subtree of at least two shards, from a multiple of its length on, is cut in two: at the largest power of two below its length. */
export function middleOf({ start, end }: ShardRange): number {
  return start + 2 ** (31 - Math.clz32(end - start - 1));
}
