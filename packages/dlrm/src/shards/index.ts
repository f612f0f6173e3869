/** A step in two parts, gradients and update, for workers that share a batch. */
export { weightOfRows } from '../batch.ts';
export { meanLoss, type ModelGradients, type PartResult } from '../dlrm.ts';
export type { BatchPart } from './batch-part.ts';
export type { GradientLayout, HostGradients, SubtreeGradients, TableLayout } from './part-gradients.ts';
export { addSubtrees, RowMerger, type SubtreeRows } from './row-sums.ts';
export type { ShardSums, SumOfRows } from './shard-sums.ts';
export { subtreesOf, type ShardRange } from './shard-tree.ts';
