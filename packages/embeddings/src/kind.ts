/** For authors of table kinds, and of models around tables. */
export type { CachedConfig } from './kinds/cached/cached.ts';
export type { CompositionalConfig } from './kinds/compositional/compositional.ts';
export type { DenseConfig } from './kinds/dense.ts';
export { hashWord } from './kinds/hash/hash-function.ts';
export { MAX_PROBES, type HashConfig } from './kinds/hash/hash.ts';
export type { HotColdConfig } from './kinds/hot-cold.ts';
export type { Int4Config, Int8Config } from './kinds/integers/integers.ts';
export type { LowRankConfig } from './kinds/projected/low-rank.ts';
export type { MixedDimensionConfig } from './kinds/projected/mixed-dimension.ts';
export type { TTConfig } from './kinds/tt/tt.ts';
export { rowTables } from './kinds.ts';
export { CheckedBags } from './lookup/checked-bags.ts';
export { DistinctRows, type ComputeRows, type OrderRows } from './lookup/distinct-rows.ts';
export { Gather, type GatherBackward, type Sources } from './lookup/gather.ts';
export { ValueGrouper, type Groups } from './lookup/group-by-value.ts';
export { Workspace } from './lookup/workspace.ts';
export { checkLearningRate, checkOptimizer, DEFAULT_EPSILON, stateLength } from './optimizer.ts';
export { columnRange, rowBlocks, rowRange, type RowBlock } from './rows/row-source.ts';
export type { HostTensor } from './state/host-tensor.ts';
export { loadState, type StateOwner } from './state/load-state.ts';
export { parameterEntries, type StateEntry } from './state/state-entry.ts';
export { joinedState, stateTensors } from './state/state-owner.ts';
export {
  stateBytes,
  type LoadableTensor,
  type StateArrays,
  type StateInfo,
  type StateRole,
} from './state/state-tensor.ts';
export { partContext, rowVariance } from './table/part-context.ts';
export { requireRoom, tableDemands, type Demand } from './table/require-room.ts';
export { sumOfCosts } from './table/sum-of-costs.ts';
export type {
  EmbeddingTable,
  Lookup,
  NestedTables,
  PoolBackward,
  Routing,
  SparseGradient,
  TableContext,
  TableKind,
  TableParameter,
  TableTT,
} from './table/table-kind.ts';
export type { TableUpkeep } from './table/table-upkeep.ts';
export { disposeParameter, trainingParameter } from './table/training-parameter.ts';
export { WrappingTable } from './table/wrapping-table.ts';
