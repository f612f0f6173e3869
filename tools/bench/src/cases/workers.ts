import { join } from 'node:path';
import { compare } from '../check.ts';
import type { BenchCase, OwnContender, Workload } from '../contender.ts';
import { BEST } from '../models.ts';
import { TrainingThreads } from '../workers/training-threads.ts';

/** Synthetic rows of Criteo Kaggle's shape, batch 2048, the 7 largest tables in TT at rank 32. */
const config = join(import.meta.dirname, '../../../../apps/trainer/configs/kaggle-shape.json');
const BATCH = 2048;
/** Of training, in one step of the benchmark. */
const STEPS = 15;

export const workerCases: readonly BenchCase[] = [
  {
    name: 'workers/dlrm/train/kaggle-tt/batch2048',
    what: `Training steps of DLRM as ttrec train does them, rows made on the way, Criteo Kaggle’s tables with the 7 largest in TT at rank 32, batch ${BATCH}: two workers that share each batch, against one worker with the same shards and against training without workers.`,
    unit: 'samples',
    unitsPerStep: BATCH * STEPS,
    threads: 2,
    contenders: [
      own('two workers', 2),
      { ...own('one worker', 1), atLeast: 1.7 },
      { ...own('no workers', undefined), atLeast: 1.7 },
    ],
  },
];

function own(name: string, workers: number | undefined): OwnContender {
  return { kind: 'own', name, engine: BEST, prepare: async () => workload(workers) };
}

function workload(workers: number | undefined): Workload {
  const threads = new TrainingThreads(config, workers);
  return {
    engine: workers === undefined ? BEST : `${BEST}, ${workers} worker${workers === 1 ? '' : 's'}`,
    check: async () => (workers === undefined || workers === 1 ? undefined : sameNumbers(threads)),
    step: () => threads.train(STEPS),
    details: async () => threads.details,
    dispose: () => threads.stop(),
  };
}

/** What all workers have after some steps, against what one has that trains alone on the same shards. */
async function sameNumbers(threads: TrainingThreads) {
  const one = new TrainingThreads(config, 1);
  try {
    await Promise.all([one.train(STEPS), threads.train(STEPS)]);
    const [[expected], found] = await Promise.all([one.numbers(), threads.numbers()]);
    return compare(
      found.flat(),
      found.flatMap(() => expected!),
    );
  } finally {
    await one.stop();
  }
}
