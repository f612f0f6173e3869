import type { Dataset } from '@ttrec/data';
import { plannedSteps } from '@ttrec/training';
import {
  buildRunModel,
  grownRun,
  trainRun,
  type ClaimedRun,
  type TrainOutcome,
} from '@ttrec/training/run-folder';
import { selectEngine } from '../engines.ts';
import type { Output } from '../terminal/output.ts';
import { TrainingProgress } from '../terminal/progress.ts';
import { announceModel, announceResult, echoConfig } from './announce.ts';
import { openRunData } from './open-run-data.ts';
import type { StopRequest } from './stop-request.ts';
import { writeRunReport } from './write-run-report.ts';

/** One training run, from its config to its report: data, engine, model, training, test. */
export async function trainAndReport(args: {
  readonly run: ClaimedRun;
  readonly output: Output;
  readonly stop: StopRequest;
  /** Where a resumed run goes on, by name or mark; `latest` by default. */
  readonly checkpoint?: string | undefined;
  /** Opened already, when several runs share it. */
  readonly dataset?: Dataset;
}): Promise<TrainOutcome> {
  const { output, stop, checkpoint } = args;
  echoConfig(output, args.run);
  const dataset = args.dataset ?? (await openRunData(args.run, output));
  const run = { ...args.run, ...(await grownRun(args.run, dataset)) };
  const { config, files } = run;
  const engine = await selectEngine(config.backend, config.threads);
  try {
    const model = buildRunModel(engine.backend, config, dataset);
    announceModel(output, { run, model, engine });
    const total = plannedSteps(config.training, dataset.rows.train);
    let progress: TrainingProgress | undefined;
    const outcome = await trainRun({
      run,
      dataset,
      engine,
      model,
      checkpoint,
      signal: stop.signal,
      onStart: ({ step }) => (progress = new TrainingProgress(output, total, step)),
      onStep: (state, loss) => progress?.step(state, loss),
      onRecord: (record) => progress?.record(record),
      onNote: (text) => output.note(text),
    });
    if (outcome.interrupted) return outcome;
    const { schema } = dataset;
    const runs = [{ name: config.name, config, files }];
    await writeRunReport({ path: files.report, title: config.name, runs, schema, config });
    announceResult(output, outcome.final, files);
    return outcome;
  } finally {
    await engine.backend.dispose();
  }
}
