import type { Backend } from '@ttrec/backend';
import { openDataset, type Dataset } from '@ttrec/data';
import type { PlanFeature, PlannerOptions } from '@ttrec/planner';
import {
  planByMeasuring,
  TrainingMeasurer,
  type MeasuredPlan,
  type MeasureOptions,
  type Metric,
  type TrainingMeasurerOptions,
} from '@ttrec/planner/measure';
import type { TrainConfig } from '@ttrec/training/config';
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
  const { metric = 'auc', measure: seconds, trials = 0, measurements } = flags;
  const rows = await measuredData(source, dataset, output);
  const measuredFeatures = rows === dataset ? undefined : await planFeatures(config.data, rows);
  const engine = await selectEngine(config.backend, config.threads);
  const stop = new StopRequest(() => output.note('stopping: the plan is made of what has been measured'));
  const { backend } = engine;
  try {
    return await measureOnRows(
      {
        config,
        rows,
        features,
        measuredFeatures,
        asked,
        training: config.training,
        metric,
        seed: config.seed,
      },
      {
        backend,
        budget: seconds === undefined ? { trials } : { seconds },
        measurements,
        signal: stop.signal,
      },
      output,
    );
  } finally {
    stop.dispose();
    await backend.dispose();
  }
}

/** What is measured on which rows. */
export interface MeasuredRows {
  readonly config: TrainConfig;
  readonly rows: Dataset;
  readonly features: readonly PlanFeature[];
  /** The tables of `rows`, if these are others than those planned for. */
  readonly measuredFeatures: readonly PlanFeature[] | undefined;
  readonly asked: PlanToMeasure['asked'];
  readonly training: TrainingMeasurerOptions['training'];
  readonly tested?: TrainingMeasurerOptions['tested'];
  readonly metric: Metric;
  readonly seed: number;
}

/** Throws the same errors as `planByMeasuring`. */
export async function measureOnRows(
  { config, rows, features, measuredFeatures, asked, training, tested = 'best', metric, seed }: MeasuredRows,
  {
    backend,
    budget,
    measurements,
    signal,
  }: {
    readonly backend: Backend;
    readonly budget: MeasureOptions['budget'];
    readonly measurements?: string | undefined;
    readonly signal: AbortSignal;
  },
  output: Output,
): Promise<MeasuredPlan> {
  const measurer = new TrainingMeasurer({
    backend,
    dataset: rows,
    model: (tables, start) =>
      runModelConfig(
        { ...config, seed: start },
        rows,
        tables.map((table) => ({ ...table, kinds: config.kinds?.kinds })),
      ),
    training,
    tested,
    metric,
    signal,
  });
  const about = { digest: rows.digest, model: config.model, training, tested, metric };
  const progress = new MeasureProgress(output);
  const cached = await cachedMeasurer(measurer.measure, { path: measurements, about });
  try {
    return await planByMeasuring(features, asked, {
      measure: cached.measure,
      budget,
      seed,
      measuredFeatures,
      onTrial: (trial) => progress.trial(trial),
    });
  } finally {
    await cached.close();
    measurer.dispose();
  }
}

/** The rows to measure on: those of the config, or in a split by time, earlier ones to train on and later ones to score. */
export async function measuredData(
  { config, baseDirectory }: Pick<PlanSource, 'config' | 'baseDirectory'>,
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
