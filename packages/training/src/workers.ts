/** Workers that share every batch: threads of a process, or what has the operations of a communicator. */
export { plannedSteps, requireShards, shardsFor } from './fit/fit-options.ts';
export type { Communicator, Message, Reduction } from './workers/communicator.ts';
export {
  placeTables,
  type PlacementOptions,
  type ShardedTables,
  type TablePlacement,
} from './model/place-tables.ts';
export type { Exchange } from './workers/sharded-step.ts';
export { DEFAULT_SHARDS } from './workers/shards.ts';
export {
  createThreadGroup,
  failWorker,
  ThreadCommunicator,
  type ThreadGroup,
} from './workers/thread-communicator.ts';
export { WorkerGroup } from './workers/worker-group.ts';
export { followState, leadState } from './workers/state-exchange.ts';
