/** For authors of table kinds. */
export { hashWord } from './kinds/hash/hash-function.ts';
export { DistinctRows, type ComputeRows, type OrderRows } from './lookup/distinct-rows.ts';
export { Gather, type GatherBackward, type Sources } from './lookup/gather.ts';
export { ValueGrouper, type Groups } from './lookup/grouping/group-by-value.ts';
export { Workspace } from './lookup/workspace.ts';
export { stateLength } from './optimizers/optimizer.ts';
export { columnRange, rowBlocks, rowRange, type RowBlock } from './rows/row-source.ts';
export type { HostTensor } from './state/host-tensor.ts';
export { parameterEntries, type StateEntry } from './state/state-entry.ts';
export type { StateArrays, StateInfo, StateRole } from './state/state-tensor.ts';
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
  Scratch,
  UseAtOnce,
  PoolBackward,
  Routing,
  SparseGradient,
  StoredRows,
  TableContext,
  TableParameter,
  TableTT,
} from './table/embedding-table.ts';
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
export type { TableKind } from './table/kind/table-kind.ts';
