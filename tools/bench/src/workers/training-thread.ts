import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { openDataset } from '@ttrec/data';
import { fit, type TrainingState } from '@ttrec/training';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { buildRunModel } from '@ttrec/training/run-folder';
import { DEFAULT_SHARDS, ThreadCommunicator, type ThreadGroup } from '@ttrec/training/workers';
import { Models, type EngineName } from '../models.ts';

// A thread that trains as one of several workers, some steps whenever it is told to.

/** What a thread is started with. */
export interface ThreadSetting {
  readonly configFile: string;
  readonly engine: EngineName;
  readonly rank: number;
  /** Undefined for a thread that trains alone, on whole batches. */
  readonly group: ThreadGroup | undefined;
}

/** How many steps to go on, or to send the numbers of the model. */
export type ThreadOrder = { readonly steps: number } | 'numbers';

export interface ThreadAnswer {
  /** Milliseconds of processor time that this thread has used on steps so far. */
  readonly processorMs?: number | undefined;
  /** Seconds in messages and waiting, so far. */
  readonly exchangeSeconds?: number;
  readonly numbers?: readonly Float32Array[];
}

const { configFile, engine, rank, group } = workerData as ThreadSetting;
const port = parentPort!;
const config = parseConfig(trainConfigSchema, JSON.parse(readFileSync(configFile, 'utf8')), configFile);
const dataset = await openDataset(config.data, { seed: config.seed });
const { backend, model } = await new Models().get(engine, 'workers', (own) =>
  buildRunModel(own, config, dataset),
);
const communicator = group && new ThreadCommunicator(group, rank);
const { batchSize, learningRate } = config.training;
const never = Number.MAX_SAFE_INTEGER;
let state: TrainingState | undefined;
let exchangeSeconds = 0;
let processorMs = 0;

const processorTime = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

async function go(steps: number): Promise<ThreadAnswer> {
  const start = processorTime();
  const found = await fit(model, dataset, {
    ...{ batchSize, learningRate, communicator, from: state },
    ...(communicator && { shards: DEFAULT_SHARDS }),
    steps: (state?.step ?? 0) + steps,
    ...{ evaluateEvery: never, checkpointEvery: never },
  });
  state = found.state;
  exchangeSeconds += found.exchange?.seconds ?? 0;
  processorMs += processorTime() - start;
  return { processorMs, exchangeSeconds };
}

async function numbers(): Promise<ThreadAnswer> {
  return { numbers: await Promise.all(model.parameters.map(({ weights }) => backend.read(weights))) };
}

port.on('message', (order: ThreadOrder) => {
  const answer = order === 'numbers' ? numbers() : go(order.steps);
  // A failure is not caught, so that it ends the thread.
  void answer.then((each) => port.postMessage(each));
});
