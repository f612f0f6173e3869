/** For authors of models around tables. */
export { featuresOf } from './features.ts';
export { CheckedBags } from './lookup/checked-bags.ts';
export { RowBroadcast } from './lookup/row-broadcast.ts';
export type { RowSpan } from './lookup/grouping/shard-groups.ts';
export { checkLearningRate, checkOptimizer, countsSteps, optimizerRules } from './optimizers/optimizer.ts';
export { optimizerStep, type OptimizedWeights, type StepSettings } from './optimizers/optimizer-step.ts';
export { pricesOf, tableDemands } from './price-tables.ts';
export { loadState, type StateOwner } from './state/load-state.ts';
export { StepCount } from './state/step-count.ts';
export { joinedState, stateTensors } from './state/state-owner.ts';
export { stateBytes, type LoadableTensor } from './state/state-tensor.ts';
export { Workspace } from './lookup/workspace.ts';
export { parameterEntries, type StateEntry } from './state/state-entry.ts';
export type { HostTensor } from './state/host-tensor.ts';
export type { SparseGradient, TableParameter } from './table/embedding-table.ts';
export { requireRoom, type Demand } from './table/kind/require-room.ts';
export type { TableMaintenance } from './table/table-maintenance.ts';
export { stateNames } from './table/training-parameter.ts';
export {
  collectRows,
  dealRows,
  heldBelow,
  positionsHeld,
  type RowsFrom,
  type RowShard,
} from './sharded/row-shard.ts';
export type { ShardLink } from './sharded/sharded-state.ts';
export { pieceSpans } from './state/pieces.ts';
export { ShardedTable, type ShardedTensor } from './sharded/sharded-table.ts';
export { TableSharding, type ShardedMember } from './sharded/table-sharding.ts';
export type { RowAccess } from './state/state-tensor.ts';
