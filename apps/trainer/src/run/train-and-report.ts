import { join } from 'node:path';
import type { Dataset } from '@ttrec/data';
import { plannedSteps, WorkerGroup, type Communicator } from '@ttrec/training/workers';
import { trainRun, type ClaimedRun, type TrainOutcome } from '@ttrec/training/run-folder';
import type { Output } from '../terminal/output.ts';
import { TrainingProgress } from '../terminal/progress.ts';
import { announceModel, announceResult, echoConfig } from './announce.ts';
import { prepareRun } from './prepare-run.ts';
import { RunEvents } from './run-events.ts';
import type { StopRequest } from './stop-request.ts';
import { writeRunReport } from './write-run-report.ts';

/** One training run, from its config to its report: data, engine, model, training, test. */
export async function trainAndReport(args: {
  readonly run: ClaimedRun;
  readonly output: Output;
  readonly stop: StopRequest;
  /** Where a resumed run goes on, by name or mark; `latest` by default. */
  readonly checkpoint?: string | undefined;
  /** Where TensorBoard looks; files of events go to a folder of the run's name there. */
  readonly tensorboard?: string | undefined;
  /** Opened already, when several runs share it. */
  readonly dataset?: Dataset;
  /** Of a dataset that is opened here: whether a separate thread reads rows from disk, as for `openDataset`. */
  readonly readingThread?: boolean | undefined;
  /** The workers that train the run together; the others call `followTraining`. */
  readonly communicator?: Communicator | undefined;
}): Promise<TrainOutcome> {
  const { output, stop, checkpoint, communicator } = args;
  const { tensorboard } = args;
  const events = new RunEvents(tensorboard && join(tensorboard, args.run.config.name));
  await events.prepare();
  echoConfig(output, args.run);
  const workers = new WorkerGroup(communicator);
  const prepared = await prepareRun({ ...args, workers });
  const { run, dataset, engine, model } = prepared;
  const { config, files } = run;
  try {
    announceModel(output, { run, model, engine });
    if (communicator) output.note(`workers  ${communicator.size}: ${communicator.description}`);
    const sharded = model.sharding?.tables ?? [];
    if (sharded.length > 0) output.note(`         ${sharded.join(', ')} divided among them by rows`);
    if (communicator && config.training.fastReduce)
      output.note(
        '--fast-reduce: sums are in the order of the library, and results may depend on the number of workers',
      );
    const total = plannedSteps(config.training, dataset.rows.train);
    let progress: TrainingProgress | undefined;
    const outcome = await trainRun({
      run,
      dataset,
      engine,
      model,
      checkpoint,
      communicator,
      signal: stop.signal,
      onStart(state) {
        events.start(state.step);
        const isStreamed = dataset.report.rowsAre === 'streamed';
        progress = new TrainingProgress(output, { steps: total, from: state, isStreamed });
      },
      onStep: (state, loss, times) => progress?.step(state, loss, times),
      async onRecord(record) {
        progress?.record(record);
        await events.add(record);
      },
      onNote: (text) => output.note(text),
    });
    if (outcome.interrupted) return outcome;
    await events.add(outcome.final);
    const { schema } = dataset;
    const runs = [{ name: config.name, config, files }];
    await writeRunReport({ path: files.report, title: config.name, runs, schema, config });
    announceResult(output, outcome.final, files);
    return outcome;
  } finally {
    await events.close();
    await engine.backend.dispose();
    if (args.dataset === undefined) await dataset.close();
  }
}
