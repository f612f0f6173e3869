import { WorkerGroup, type Communicator } from '@ttrec/training/workers';
import { followRun } from '@ttrec/training/run-folder';
import { prepareRun } from '../run/prepare-run.ts';
import { describedRun, type RunDescription } from './run-description.ts';
import { silentOutput } from '../terminal/output.ts';

/** The part of a worker that does not lead: what it trains comes from the first, and it prints and writes nothing. */
export async function followTraining(communicator: Communicator, signal?: AbortSignal): Promise<void> {
  const workers = new WorkerGroup(communicator);
  const run = await describedRun(await workers.receive<RunDescription>());
  const prepared = await prepareRun({ run, output: silentOutput, workers });
  try {
    const { config, from } = prepared.run;
    const { dataset, model } = prepared;
    await followRun({ config, from, dataset, model, communicator, signal });
  } finally {
    await prepared.engine.backend.dispose();
  }
}
