export type { Bags } from './bags.ts';
export { BatchTrieBuilder, type HostTrieLevel } from './batch-trie.ts';
export type { ConversionReport } from './convert-table.ts';
export { EmbeddingBag, type EmbeddingBagOptions } from './embedding-bag.ts';
export {
  EmbeddingBagCollection,
  type EmbeddingBagCollectionOptions,
  type FeatureSpec,
} from './embedding-bag-collection.ts';
export { FrequentIds } from './frequent-ids.ts';
export { ValueGrouper, type Groups } from './group-by-value.ts';
export { hashWord } from './hash-function.ts';
export type { HostTensor } from './state/host-tensor.ts';
export { loadState, type LoadStateOptions, type StateOwner } from './state/load-state.ts';
export { parameterEntries, type StateEntry } from './state/state-entry.ts';
export { joinedState, stateTensors } from './state/state-owner.ts';
export {
  stateBytes,
  stateReader,
  type LoadableTensor,
  type StateArrays,
  type StateInfo,
  type StateReader,
  type StateRole,
  type StateTensor,
} from './state/state-tensor.ts';
export { DistinctRows, type ComputeRows } from './distinct-rows.ts';
export { Gather, type GatherBackward, type Sources } from './gather.ts';
export {
  cost,
  grownConfig,
  rowTables,
  tableKinds,
  type OwnKinds,
  type OwnTableConfigs,
  type TableConfig,
} from './kinds.ts';
export { partContext, rowVariance } from './part-context.ts';
export type { CompositionalConfig } from './kinds/compositional.ts';
export type { DenseConfig } from './kinds/dense.ts';
export { MAX_PROBES, type HashConfig } from './kinds/hash.ts';
export type { CachedConfig } from './kinds/cached.ts';
export type { Int4Config, Int8Config } from './kinds/int8.ts';
export type { HotColdConfig } from './kinds/hot-cold.ts';
export type { LowRankConfig } from './kinds/low-rank.ts';
export type { MixedDimensionConfig } from './kinds/mixed-dimension.ts';
export type { TTConfig } from './kinds/tt.ts';
export {
  checkLearningRate,
  checkOptimizer,
  DEFAULT_EPSILON,
  optimizerRules,
  stateLength,
  type OptimizerConfig,
} from './optimizer.ts';
export { priceTables, type PricedTable, type TableSpec } from './price-tables.ts';
export type { CacheStatistics } from './row-cache.ts';
export { requireRoom, tableDemands, type Demand } from './require-room.ts';
export { columnRange, denseRows, rowBlocks, rowRange, type RowBlock, type RowSource } from './row-source.ts';
export { sumOfCosts } from './sum-of-costs.ts';
export type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  NestedTables,
  PoolBackward,
  SparseGradient,
  TableContext,
  TableCost,
  TableKind,
  TableParameter,
  TableSize,
} from './table-kind.ts';
export type { TableRows } from './table-rows.ts';
export { disposeParameter, trainingParameter } from './training-parameter.ts';
export { Workspace } from './workspace.ts';
export { WrappingTable } from './wrapping-table.ts';
export type { TableUpkeep } from './table-upkeep.ts';
export {
  writeBack,
  type CoreChange,
  type DigitCounts,
  type LearnedRows,
  type WriteBackArgs,
} from './write-back.ts';
