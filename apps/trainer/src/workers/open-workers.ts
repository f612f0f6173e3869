import { findLauncher, openMpi, type MpiCommunicator } from '@ttrec/mpi';
import {
  createThreadGroup,
  failWorker,
  ThreadCommunicator,
  type Communicator,
} from '@ttrec/training/workers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Output } from '../terminal/output.ts';
import type { WorkersChoice } from '../options/values.ts';
import { startThread } from './start-thread.ts';
import type { ThreadNews, ThreadSettings } from './thread-worker.ts';

/** A worker that fails waits so long for the first one to say the same of itself, before it ends all. */
export const FOLLOWER_PATIENCE_MS = 500;

/** The processes of a launcher, if there is one or `--workers mpi` asks for it. Throws the same errors as `openMpi`. */
export async function processesOf(choice: WorkersChoice | undefined): Promise<MpiCommunicator | undefined> {
  const launched = findLauncher() !== undefined && choice === undefined;
  return launched || choice === 'mpi' ? openMpi() : undefined;
}

/** Threads of this process that train together with it. */
export interface TrainingThreads {
  readonly communicator: Communicator;
  /** Ends the threads: after their work, or at once if the work of this one failed. */
  close(failed: boolean): Promise<void>;
}

/** Starts `size - 1` threads; this one is the first worker. */
export function startTrainingThreads(size: number, output: Output): TrainingThreads {
  const group = createThreadGroup(size);
  const closing = new AbortController();
  const threads = Array.from({ length: size - 1 }, (_, t) => {
    const settings: ThreadSettings = { group, rank: t + 1 };
    const place = { base: import.meta.url, source: './thread-worker.ts', built: 'train-worker.js' };
    const thread = startThread(place, { name: `ttrec train ${t + 1}`, workerData: settings });
    watch(thread, (reason) => {
      if (closing.signal.aborted) return;
      if (reason) output.note(`worker ${t + 1} of ${size}: ${reason}`);
      failWorker(group, t + 1);
    });
    return thread;
  });
  const ended = Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('exit', resolve))));
  return {
    communicator: new ThreadCommunicator(group, 0),
    async close(failed) {
      if (failed) closing.abort();
      if (failed) await Promise.all(threads.map((thread) => thread.terminate()));
      await ended;
    },
  };
}

/** Calls back if a thread ends before its work, with what it says of it. */
function watch(thread: Worker, onFailure: (reason: string | undefined) => void): void {
  let isDone = false;
  let reason: string | undefined;
  thread.on('message', (news: ThreadNews) => {
    if ('done' in news) isDone = true;
    else reason = news.failure;
  });
  thread.on('error', (thrown) => (reason = thrown instanceof Error ? thrown.message : String(thrown)));
  thread.on('exit', () => {
    if (isDone) return;
    void pause(reason === undefined ? 0 : FOLLOWER_PATIENCE_MS).then(() => onFailure(reason));
  });
}
