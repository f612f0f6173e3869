import { openDataset, type Dataset } from '@ttrec/data';
import type { PlanFeature, PlannerOptions } from '@ttrec/planner';
import { planByMeasuring, TrainingMeasurer, type MeasuredPlan, type Metric } from '@ttrec/planner/measure';
import { runModelConfig } from '@ttrec/training/run-folder';
import { selectEngine } from '../../engines.ts';
import { usageError } from '../../error.ts';
import { StopRequest } from '../../run/stop-request.ts';
import type { Output } from '../../terminal/output.ts';
import { cachedMeasurer } from './measurement-file.ts';
import { MeasureProgress } from './measure-progress.ts';
import { measuredSplit } from './measured-split.ts';
import { planFeatures } from '../plan-features.ts';
import type { PlanSource } from '../plan-source.ts';

export interface MeasureFlags {
  /** Seconds. */
  readonly measure?: number | undefined;
  /** Whole trainings. */
  readonly trials?: number | undefined;
  readonly metric?: Metric | undefined;
  /** Where measurements are kept. */
  readonly measurements?: string | undefined;
  readonly explain?: boolean | undefined;
  readonly frontier?: string | undefined;
}

/** Whether a plan is to be measured. @throws `trainer/bad-plan` for flags that do not go together */
export function isMeasured(flags: MeasureFlags): boolean {
  const { measure, trials, metric, measurements, explain, frontier } = flags;
  const measures = measure !== undefined || trials !== undefined;
  const refuse = (subject: string, rule: string, got: unknown) => {
    if (got !== undefined) throw usageError('bad-plan', { subject, rule, got });
  };
  if (measure !== undefined) refuse('--trials', 'goes in the place of --measure', trials);
  if (measures) {
    const rule = 'goes without --measure and --trials: it tells what is assumed';
    refuse('--explain', rule, explain);
    refuse('--frontier', rule, frontier);
  } else {
    refuse('--metric', 'goes with --measure or --trials', metric);
    refuse('--measurements', 'goes with --measure or --trials', measurements);
  }
  return measures;
}

/** What is to be planned, on which rows. */
export interface PlanToMeasure {
  readonly source: PlanSource;
  readonly dataset: Dataset;
  readonly features: readonly PlanFeature[];
  readonly asked: PlannerOptions & { readonly bytes: number; readonly reservedBytes: number };
}

/** Plans by training candidates on the rows of the config. Throws the same errors as `planByMeasuring` and `selectEngine`. */
export async function measurePlan(
  { source, dataset, features, asked }: PlanToMeasure,
  flags: MeasureFlags,
  output: Output,
): Promise<MeasuredPlan> {
  const { config } = source;
  const { metric = 'auc', measure: seconds, trials = 0 } = flags;
  const measured = await measuredData(source, dataset, output);
  const measuredFeatures = measured === dataset ? undefined : await planFeatures(config.data, measured);
  const engine = await selectEngine(config.backend, config.threads);
  const stop = new StopRequest(() => output.note('stopping: the plan is made of what has been measured'));
  const measurer = new TrainingMeasurer({
    backend: engine.backend,
    dataset: measured,
    model: (tables, seed) =>
      runModelConfig(
        { ...config, seed },
        measured,
        tables.map((table) => ({ ...table, kinds: config.kinds?.kinds })),
      ),
    training: config.training,
    metric,
    signal: stop.signal,
  });
  const about = { digest: measured.digest, model: config.model, training: config.training, metric };
  const progress = new MeasureProgress(output, seconds);
  const cached = await cachedMeasurer(measurer.measure, { path: flags.measurements, about });
  try {
    return await planByMeasuring(features, asked, {
      measure: (trial) => progress.during(cached.measure(trial)),
      budget: seconds === undefined ? { trials } : { seconds },
      seed: config.seed,
      measuredFeatures,
      onTrial: (trial) => progress.trial(trial),
    });
  } finally {
    stop.dispose();
    await cached.close();
    measurer.dispose();
    await engine.backend.dispose();
  }
}

/** The rows to measure on: those of the config, or in a split by time, earlier ones to train on and later ones to score. */
async function measuredData(
  { config, baseDirectory }: PlanSource,
  dataset: Dataset,
  output: Output,
): Promise<Dataset> {
  const split = measuredSplit(config.data, dataset);
  if (split === undefined || config.data.format === 'synthetic') return dataset;
  output.note(
    'measure  on training rows of a later time, as many as there are test rows, since ids may change with time',
  );
  return openDataset({ ...config.data, split } as typeof config.data, { seed: config.seed, baseDirectory });
}
