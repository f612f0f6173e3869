import {
  createThreadGroup,
  failWorker,
  ThreadCommunicator,
  type Communicator,
} from '@ttrec/training/workers';

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
