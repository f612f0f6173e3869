import { openDataset } from '@ttrec/data';
import { openMpi } from '@ttrec/mpi';
import { fit, type TrainingState } from '@ttrec/training';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { buildRunModel } from '@ttrec/training/run-folder';
import { DEFAULT_SHARDS, type Communicator } from '@ttrec/training/workers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEST, Models } from '../models.ts';

// Trains a DLRM as one of several processes, and prints the milliseconds of each part of a step:
// `mpirun -n N node --conditions=@ttrec/source tools/bench/src/workers/training-process.ts`. Processor time is what counts if more processes than
// cores take turns; that of messages is left out, as a process that waits is busy.

const [WARM_UP, STEPS] = [20, 120];
const configFile = join(import.meta.dirname, '../../../../apps/trainer/configs/kaggle-shape.json');
const config = parseConfig(trainConfigSchema, JSON.parse(readFileSync(configFile, 'utf8')), configFile);

const processorMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const mpi = await openMpi();
let messageMs = 0;
const operations = ['barrier', 'broadcast', 'allreduce', 'allgatherv', 'alltoallv'] as const;
const communicator = new Proxy<Communicator>(mpi, {
  get(target, name) {
    const found = Reflect.get(target, name) as unknown;
    if (!operations.some((operation) => operation === name)) return found;
    return (...args: unknown[]) => {
      const start = processorMs();
      const result = (found as (...given: unknown[]) => unknown).apply(target, args);
      messageMs += processorMs() - start;
      return result;
    };
  },
});

const dataset = await openDataset(config.data, { seed: config.seed });
const { model } = await new Models().get(BEST, 'workers', (own) => buildRunModel(own, config, dataset));
const { batchSize, learningRate } = config.training;
const never = Number.MAX_SAFE_INTEGER;
const train = (steps: number, from?: TrainingState) =>
  fit(model, dataset, {
    ...{ batchSize, learningRate, communicator, from, steps, shards: DEFAULT_SHARDS },
    ...{ evaluateEvery: never, checkpointEvery: never },
  });
const { state } = await train(WARM_UP);
messageMs = 0;
const start = { processor: processorMs(), wall: performance.now() };
const { exchange } = await train(WARM_UP + STEPS, state);
const [whole, wall] = [processorMs() - start.processor, performance.now() - start.wall];
const times = Float64Array.of(
  whole - messageMs,
  wall,
  1000 * exchange!.seconds,
  1000 * exchange!.repeatedSeconds!,
);
await mpi.allreduce(times, 'max');
const [computes, step, messages, repeats] = Array.from(times, (ms) => (ms / STEPS).toFixed(1));
if (mpi.rank === 0)
  console.log(
    `${mpi.size} processes, ${mpi.description}: ${step} ms a step, ${messages} in messages and waiting; ` +
      `${computes} of processor time outside messages, ${repeats} in updates that all repeat`,
  );
mpi.finalize();
process.exit(0);
