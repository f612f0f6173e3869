import { parentPort, workerData } from 'node:worker_threads';
import { ThreadCommunicator, type ThreadGroup } from '@ttrec/training/workers';
import { failureText, STACK_VARIABLE } from '../terminal/failure-text.ts';
import { followTraining } from './follow-training.ts';

// A thread that trains: `ttrec train --workers threads:N` starts N - 1 of them beside its own.

/** What a thread is started with. */
export interface ThreadSettings {
  readonly group: ThreadGroup;
  readonly rank: number;
}

/** What it says when it has ended. */
export type ThreadNews = { readonly done: true } | { readonly failure: string };

const { group, rank } = workerData as ThreadSettings;
const port = parentPort!;
// Waiting for other threads keeps no event loop alive.
port.ref();
port.on('message', () => undefined);

const news = await followTraining(new ThreadCommunicator(group, rank)).then(
  (): ThreadNews => ({ done: true }),
  (thrown: unknown): ThreadNews => ({
    failure: failureText(thrown, process.env[STACK_VARIABLE] !== undefined),
  }),
);
port.postMessage(news);
port.close();
