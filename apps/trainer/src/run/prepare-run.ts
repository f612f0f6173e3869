import { availableParallelism } from 'node:os';
import type { Selection } from '@ttrec/backend';
import type { Dataset, ReadingWorkers } from '@ttrec/data';
import type { Dlrm } from '@ttrec/dlrm';
import type { WorkerGroup } from '@ttrec/training/workers';
import { buildRunModel, grownRun, type Run } from '@ttrec/training/run-folder';
import { selectTrainingEngine, type EventLoop } from '../engines.ts';
import type { Output } from '../terminal/output.ts';
import { readingWorkers } from '../workers/reading-workers.ts';
import { shardingOfRun } from '../workers/sharding-of-run.ts';
import { openRunData } from './open-run-data.ts';

export interface PreparedRun<R extends Run> {
  /** With its tables grown, if it goes on from another on more data. */
  readonly run: R;
  readonly dataset: Dataset;
  readonly engine: Selection;
  readonly model: Dlrm;
}

/** Data, engine and model of a run. Who prepares it disposes of the engine. @param args.workers all of which prepare the same run */
export async function prepareRun<R extends Run>(args: {
  readonly run: R;
  readonly output: Output;
  readonly dataset?: Dataset | undefined;
  readonly readingThread?: boolean | undefined;
  readonly workers: WorkerGroup;
}): Promise<PreparedRun<R>> {
  const { output, workers, readingThread } = args;
  const readers = workers.communicator && (await readingWorkers(workers.communicator));
  const opening = { workers: readers, readingThread };
  const dataset = args.dataset ?? (await openRunData(args.run, output, opening));
  const run = { ...args.run, ...(await grownRun(args.run, dataset)) };
  const { backend, threads } = run.config;
  // Engines differ in their last bits: all workers take that of the first.
  const select = (engine: string) => selectTrainingEngine(engine, threads, eventLoopFor(dataset, readers));
  const own = workers.isLeader ? await select(backend) : undefined;
  const name = await workers.share(() => own!.backend.name);
  const engine = own ?? (await select(name));
  try {
    const sharding = await shardingOfRun(run.config, dataset, engine.backend, workers);
    return { run, dataset, engine, model: buildRunModel(engine.backend, run.config, dataset, sharding) };
  } catch (thrown) {
    await engine.backend.dispose();
    throw thrown;
  }
}

/** `free` if this thread reads rows from disk and there are more processors than workers: it reads while a separate thread runs kernels. */
function eventLoopFor(
  { report: { rowsAre, readingThread } }: Dataset,
  workers: ReadingWorkers | undefined,
): EventLoop {
  const hasProcessor = availableParallelism() > (workers?.sizeHere ?? 1);
  return rowsAre === 'streamed' && !readingThread && hasProcessor ? 'free' : 'blocked';
}
