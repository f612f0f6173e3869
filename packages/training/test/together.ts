import {
  createThreadGroup,
  failWorker,
  ThreadCommunicator,
  type Communicator,
} from '@ttrec/training/workers';
import type { FitOptions } from '@ttrec/training';

/** 75 rows in batches of 21: the last has 12. Neither divides by the shards or the workers. */
export const settings = {
  batchSize: 21,
  steps: 7,
  learningRate: 0.1,
  logEvery: 2,
  evaluateEvery: 3,
  shards: 8,
} as const satisfies FitOptions;

/** Each worker in its turn, in one thread. */
export async function together<Result>(
  workers: number,
  work: (communicator: Communicator, rank: number) => Promise<Result>,
): Promise<Result[]> {
  const group = createThreadGroup(workers);
  return Promise.all(
    Array.from({ length: workers }, async (_, rank) => {
      try {
        return await work(new ThreadCommunicator(group, rank), rank);
      } catch (thrown) {
        failWorker(group, rank);
        throw thrown;
      }
    }),
  );
}
