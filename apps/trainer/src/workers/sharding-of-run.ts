import { availableMemory, type Backend } from '@ttrec/backend';
import type { Dataset } from '@ttrec/data';
import { TableSharding } from '@ttrec/embeddings/model';
import type { TrainConfig } from '@ttrec/training/config';
import { runModelConfig } from '@ttrec/training/run-folder';
import { placeTables, type WorkerGroup } from '@ttrec/training/workers';
import { hostname } from 'node:os';

/**
 * Which tables of a run its workers divide among them, as `placeTables` decides; undefined for a worker alone. All workers call it. Where the config
 * names no memory, a worker has what its engine can hold, at most its part of what its machine has left.
 *
 * @throws what `placeTables` throws
 */
export async function shardingOfRun(
  config: TrainConfig,
  dataset: Dataset,
  { capabilities }: Backend,
  workers: WorkerGroup,
): Promise<TableSharding | undefined> {
  const { shardedTables, workerMemory } = config.training;
  const { rank = 0, size = 1 } = workers.communicator ?? {};
  const { maxTotalBytes, maxBufferBytes } = capabilities;
  const availableBytes = Math.min(maxTotalBytes, await memoryOfWorker(workers));
  // Engines count what is left, which changes from one moment to the next: the first worker decides.
  const tables = await workers.share(() => {
    const memory = { workerMemory, availableBytes, maxBufferBytes };
    return placeTables(runModelConfig(config, dataset), { workers: size, shardedTables, ...memory }).sharded;
  });
  return workers.communicator && new TableSharding({ rank, size, tables });
}

/** Of the machine with the least left for each of its workers. */
async function memoryOfWorker({ communicator }: WorkerGroup): Promise<number> {
  const own = { machine: hostname(), bytes: availableMemory() ?? Number.MAX_SAFE_INTEGER };
  if (!communicator) return own.bytes;
  const texts = await communicator.allgatherv(new TextEncoder().encode(JSON.stringify(own)));
  const all = texts.map((text) => JSON.parse(new TextDecoder().decode(text)) as typeof own);
  const sharing = (machine: string) => all.filter((other) => other.machine === machine).length;
  return Math.min(...all.map(({ machine, bytes }) => Math.floor(bytes / sharing(machine))));
}
