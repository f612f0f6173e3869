import type { MpiCommunicator } from '@ttrec/mpi';
import { WorkerGroup, type Communicator } from '@ttrec/training/workers';
import type { Run } from '@ttrec/training/run-folder';
import { setTimeout as pause } from 'node:timers/promises';
import { fail } from '../failure.ts';
import type { WorkersChoice } from '../options/values.ts';
import { StopRequest } from '../run/stop-request.ts';
import type { Output } from '../terminal/output.ts';
import { followTraining } from './follow-training.ts';
import {
  FOLLOWER_PATIENCE_MS,
  processesOf,
  startTrainingThreads,
  type TrainingThreads,
} from './open-workers.ts';
import { processNumbers } from './process-numbers.ts';
import { describeRun } from './run-description.ts';

/**
 * Starts the other workers on a run, or sends it to those that wait; undefined for a worker alone.
 *
 * @param readingThread as for `openDataset`, of all workers
 */
export type StartWorkers = (
  run: Run,
  readingThread: boolean | undefined,
) => Promise<Communicator | undefined>;

/** What the first worker does. @param workers how many there are; undefined for a worker alone */
export type Lead = (workers: number | undefined, start: StartWorkers) => Promise<void>;

/** Trains as the first of several workers, as one that follows it, or alone. */
export async function trainTogether(
  choice: WorkersChoice | undefined,
  output: Output,
  lead: Lead,
): Promise<void> {
  if (typeof choice === 'object') return withThreads(choice.threads, output, lead);
  const processes = await processesOf(choice);
  if (!processes) return lead(undefined, async () => undefined);
  return withProcesses(processes, output, lead);
}

async function withThreads(size: number, output: Output, lead: Lead): Promise<void> {
  let threads: TrainingThreads | undefined;
  let failed = true;
  try {
    await lead(size, async (run, readingThread) => {
      threads = startTrainingThreads(size, output);
      return send(threads.communicator, run, readingThread);
    });
    failed = false;
  } finally {
    await threads?.close(failed);
  }
}

/** A process that fails ends all, for the others would wait for it. */
async function withProcesses(processes: MpiCommunicator, output: Output, lead: Lead): Promise<void> {
  const { rank, size } = processes;
  try {
    const numbers = await processNumbers(processes);
    if (rank === 0 && size > 1) for (const line of numbers) output.note(line);
    if (rank === 0) await lead(size, (run, readingThread) => send(processes, run, readingThread));
    else await follow(processes);
    processes.finalize();
  } catch (thrown) {
    // What all processes fail with, the first one says.
    if (rank > 0) await pause(FOLLOWER_PATIENCE_MS);
    fail(thrown, rank > 0 ? `worker ${rank} of ${size}: ` : '');
    processes.abort();
  }
}

async function send(
  communicator: Communicator,
  run: Run,
  readingThread: boolean | undefined,
): Promise<Communicator> {
  await new WorkerGroup(communicator).share(() => describeRun(run, readingThread));
  return communicator;
}

/** Signals reach every process of a launcher, and one that hears them is enough. */
async function follow(processes: MpiCommunicator): Promise<void> {
  const stop = new StopRequest(() => undefined);
  try {
    await followTraining(processes, stop.signal);
  } finally {
    stop.dispose();
  }
}
