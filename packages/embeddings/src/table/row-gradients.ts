/** dL/drow of distinct rows of a table, on the host. */
export interface RowGradients {
  /** [U], ascending. */
  readonly ids: Uint32Array;
  /** [U, D] */
  readonly values: Float32Array;
  /** [U]: how often each was looked up, for tables whose work between steps depends on it. */
  readonly counts?: Uint32Array | undefined;
}

/** The rows that the shards of a batch look up: R pairs of an id and a shard. Valid until the next are listed. */
export interface ShardRows {
  /** [R], ascending. */
  readonly ids: Uint32Array;
  /** [R]: the position of the shard, ascending for the same id. */
  readonly shards: Uint32Array;
  /** [R]: how often the shard looks it up, as for `RowGradients`. */
  readonly counts?: Uint32Array | undefined;
}
