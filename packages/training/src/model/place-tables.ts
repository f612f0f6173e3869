import { counted } from '@ttrec/core';
import type { DlrmConfigInput } from '@ttrec/dlrm';
import { modelDemands } from '@ttrec/dlrm/layers';
import { priceTables } from '@ttrec/embeddings';
import { TableSharding } from '@ttrec/embeddings/model';
import { error } from '../error.ts';

/** Which dense tables workers divide among them: those that must be for the model to fit a worker, none, or these. */
export type ShardedTables = 'auto' | 'none' | readonly string[];

export interface PlacementOptions {
  /** W. */
  readonly workers: number;
  /** `auto` by default. */
  readonly shardedTables?: ShardedTables | undefined;
  /** Bytes that parameters and optimizer state may take on a worker: what needs more is refused. */
  readonly workerMemory?: number | undefined;
  /** What `auto` takes in its place where it is not given: bytes that a worker has left. */
  readonly availableBytes?: number | undefined;
  /** Bytes of the largest buffer of the engine: `auto` divides what is larger. */
  readonly maxBufferBytes?: number | undefined;
}

export interface TablePlacement {
  /** The tables that workers divide among them; every worker holds all others. */
  readonly sharded: readonly string[];
  /** Bytes in training, parameters and optimizer state, of the worker that holds the most. */
  readonly workerBytes: number;
}

/**
 * Decides where the tables of a model live that several workers train: a function of configs and numbers alone. `auto` divides the largest
 * dense tables, as few as it takes for the rest to fit a worker. Compressed tables are on every worker.
 *
 * @throws `training/worker-memory` if `workerMemory` is exceeded, with the number of workers that would be enough;
 *   `embeddings/bad-sharding` for a name that is not that of a dense table; what `modelDemands` of @ttrec/dlrm throws
 */
export function placeTables(model: DlrmConfigInput, options: PlacementOptions): TablePlacement {
  const { workers, workerMemory, shardedTables: choice = 'auto' } = options;
  const dense = denseTables(model);
  const bytesOn = (size: number, tables: readonly string[]) => workerBytes(model, size, tables);
  const sharded = workers === 1 ? [] : chosen(dense, { ...options, bytesOn });
  if (Array.isArray(choice)) new TableSharding({ rank: 0, size: 1, tables: choice }).check(model.tables);
  const held = bytesOn(workers, sharded);
  if (workerMemory === undefined || held <= workerMemory) return { sharded, workerBytes: held };
  throw error('worker-memory', {
    subject: 'training.workerMemory',
    rule: `must hold what ${workers === 1 ? 'the worker' : `each of ${workers} workers`} needs, ${counted(held, 'byte')}`,
    got: workerMemory,
    hint: remedy(workerMemory, choice === 'auto' ? dense.map(({ name }) => name) : sharded, bytesOn),
  });
}

type BytesOn = (workers: number, sharded: readonly string[]) => number;

function chosen(
  dense: readonly DenseTable[],
  options: PlacementOptions & { readonly bytesOn: BytesOn },
): readonly string[] {
  const { workers, shardedTables = 'auto', workerMemory, availableBytes, maxBufferBytes, bytesOn } = options;
  if (shardedTables === 'none') return [];
  if (shardedTables !== 'auto') return shardedTables;
  const memory = workerMemory ?? availableBytes ?? Infinity;
  const names = dense.map(({ name }) => name);
  let count = dense.filter(({ bytes }) => bytes > (maxBufferBytes ?? Infinity)).length;
  while (count < dense.length && bytesOn(workers, names.slice(0, count)) > memory) count++;
  return names.slice(0, count);
}

/** Of the first worker, which holds at least as many rows of each table as any other. */
function workerBytes(model: DlrmConfigInput, size: number, tables: readonly string[]): number {
  const demands = modelDemands(model, new TableSharding({ rank: 0, size, tables }));
  return demands.reduce((sum, { bytes, hostBytes = 0 }) => sum + bytes + hostBytes, 0);
}

interface DenseTable {
  readonly name: string;
  readonly bytes: number;
}

/** The largest first. */
function denseTables({ tables, embeddingDim, optimizer }: DlrmConfigInput): DenseTable[] {
  return priceTables(tables, embeddingDim, optimizer?.embeddings)
    .filter(({ table }) => table.config.kind === 'dense')
    .map(({ table, cost }) => ({ name: table.name, bytes: cost.bytes }))
    .sort((a, b) => b.bytes - a.bytes);
}

/** Numbers of workers that are tried for a remedy. */
const MOST_WORKERS = 4096;

function remedy(memory: number, sharded: readonly string[], bytesOn: BytesOn): string {
  const compress = 'store large tables as "tt" or "hash"';
  for (let workers = 2; workers <= MOST_WORKERS && sharded.length > 0; workers *= 2)
    if (bytesOn(workers, sharded) <= memory)
      return `With the dense tables divided among ${workers} workers, it does; or ${compress}.`;
  return `Raise it, or ${compress}: only tables of kind "dense" are divided, and none inside others.`;
}
