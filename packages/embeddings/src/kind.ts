/** For authors of table kinds, and of models around tables. */
export type { CachedConfig } from './kinds/cached/cached-config.ts';
export type {
  Combination,
  CompositionalConfig,
  HashesConfig,
  QuotientRemainderConfig,
} from './kinds/compositional/compositional-config.ts';
export type { DenseConfig } from './kinds/dense.ts';
export type { HashConfig } from './kinds/hash/hash-config.ts';
export type { PoolConfig } from './kinds/hash/pool.ts';
export { hashWord } from './kinds/hash/hash-function.ts';
export type { HotColdConfig } from './kinds/hot-cold.ts';
export type { Int4Config, Int8Config } from './kinds/integers/integers.ts';
export type { LowRankConfig } from './kinds/projected/low-rank.ts';
export type { MixedDimensionConfig } from './kinds/projected/mixed-dimension.ts';
export type { SumConfig } from './kinds/sum.ts';
export type { IntegersConfig } from './kinds/trained-integers/integers-config.ts';
export type { IntegerBits } from './kinds/trained-integers/levels.ts';
export { MAX_CORES, MAX_RANK, type TTConfig } from './kinds/tt/tt-config.ts';
export type { BandsConfig } from './kinds/bands.ts';
export type { PermutedConfig } from './kinds/permuted.ts';
export type { VocabularyLimitConfig } from './kinds/vocabulary-limit.ts';
export { describeTable, kindsWith, rowTables } from './kinds.ts';
export { featuresOf } from './features.ts';
export { CheckedBags } from './lookup/checked-bags.ts';
export { DistinctRows, type ComputeRows, type OrderRows } from './lookup/distinct-rows.ts';
export { Gather, type GatherBackward, type Sources } from './lookup/gather.ts';
export { ValueGrouper, type Groups } from './lookup/grouping/group-by-value.ts';
export { RowBroadcast } from './lookup/row-broadcast.ts';
export type { RowSpan } from './lookup/grouping/shard-groups.ts';
export { Workspace } from './lookup/workspace.ts';
export { checkLearningRate, checkOptimizer, countsSteps, stateLength } from './optimizer.ts';
export { optimizerStep, type OptimizedWeights, type StepSettings } from './optimizer-step.ts';
export { tableDemands } from './price-tables.ts';
export { columnRange, rowBlocks, rowRange, type RowBlock } from './rows/row-source.ts';
export type { HostTensor } from './state/host-tensor.ts';
export { loadState, type StateOwner } from './state/load-state.ts';
export { parameterEntries, type StateEntry } from './state/state-entry.ts';
export { StepCount } from './state/step-count.ts';
export { joinedState, stateTensors } from './state/state-owner.ts';
export {
  stateBytes,
  type LoadableTensor,
  type StateArrays,
  type StateInfo,
  type StateRole,
} from './state/state-tensor.ts';
export type { ConfigFault } from './table/config/config-fault.ts';
export {
  anyTable,
  tableOf,
  type ConfigSchema,
  type FieldSchema,
  type FieldsOf,
  type FieldsSchema,
  type NumberSchema,
  type TableField,
} from './table/config/config-schema.ts';
export type {
  ConversionWay,
  EmbeddingTable,
  Lookup,
  PoolBackward,
  Routing,
  SparseGradient,
  StoredRows,
  TableContext,
  TableParameter,
  TableTT,
} from './table/embedding-table.ts';
export type { ExportedTable, KindRegistry } from './table/kind/kind-registry.ts';
export { largestConfig } from './table/config/largest-config.ts';
export { partContext, rowVariance } from './table/kind/part-context.ts';
export { requireRoom, type Demand } from './table/kind/require-room.ts';
export type { RowGradients, ShardRows } from './table/row-gradients.ts';
export type { RowGraph, RowOperations } from './table/kind/row-graph.ts';
export { sumOfCosts } from './table/kind/sum-of-costs.ts';
export type { TableConfigs } from './table/config/table-config.ts';
export { defineKind, type Resizer, type TableChild } from './table/kind/table-kind.ts';
export type { TrainingParts } from './table/training-parts.ts';
export type { TableMaintenance, UpdateSettings } from './table/table-maintenance.ts';
export { disposeParameter, stateNames, trainingParameter } from './table/training-parameter.ts';
export { WrappingTable } from './table/wrapping-table.ts';
