import { WorkerGroup, type Communicator } from '@ttrec/training/workers';
import { followRun } from '@ttrec/training/run-folder';
import { prepareRun } from '../run/prepare-run.ts';
import { describedRun, type RunDescription } from './run-description.ts';
import { silentOutput } from '../terminal/output.ts';

/** The part of a worker that does not lead: what it trains comes from the first, and it prints and writes nothing. */
export async function followTraining(communicator: Communicator, signal?: AbortSignal): Promise<void> {
  const workers = new WorkerGroup(communicator);
  const description = await workers.receive<RunDescription>();
  const { readingThread } = description;
  const run = await describedRun(description);
  const prepared = await prepareRun({ run, output: silentOutput, readingThread, workers });
  try {
    const { config, from } = prepared.run;
    const { dataset, model } = prepared;
    await followRun({ config, from, dataset, model, communicator, signal });
  } finally {
    await prepared.engine.backend.dispose();
    await prepared.dataset.close();
  }
}
