import type { Dataset } from '@ttrec/data';
import type { Dlrm } from '@ttrec/dlrm';
import type { TrainConfig } from '../config/train-config.ts';
import { error } from '../error.ts';
import { evaluate, type Evaluation } from '../evaluate.ts';
import { fit } from '../fit/fit.ts';
import type { FitOptions } from '../fit/fit-options.ts';
import type { TrainingState } from '../fit/training-state.ts';
import { WeightAverage } from '../fit/weight-average.ts';
import type { Communicator } from '../workers/communicator.ts';
import { followState, leadState } from '../workers/state-exchange.ts';
import { WorkerGroup } from '../workers/worker-group.ts';

/** What workers that train a run together have. */
interface SharedRun {
  readonly model: Dlrm;
  readonly dataset: Dataset;
  readonly workers: WorkerGroup;
}

/** How the config of a run says to train. */
export function trainingOptions({ training }: TrainConfig, { communicator }: WorkerGroup): FitOptions {
  const { batchSize, epochs, steps, learningRate, logEvery, averaging } = training;
  const { evaluateEvery, patience, checkpointEvery, shards, fastReduce } = training;
  return {
    ...{ batchSize, epochs, steps, learningRate, logEvery, evaluateEvery, patience, checkpointEvery, shards },
    ...{ averaging, fastReduce },
    communicator,
  };
}

/** The average of a run whose config asks for one. @throws `training/cannot-average` */
export function averageOf(model: Dlrm, { training }: TrainConfig): WeightAverage | undefined {
  return training.averaging && new WeightAverage(model, training.averaging);
}

/**
 * Evaluates the weights that did best on validation rows, or the last ones where there are none.
 * @param restore loads the weights of a step, for the leader; false where they are no longer there
 */
export async function testedWeights(
  { state: { best, step }, model, dataset, workers }: SharedRun & { readonly state: TrainingState },
  restore?: (step: number) => Promise<boolean>,
): Promise<{ readonly step: number; readonly evaluation: Evaluation }> {
  const { communicator } = workers;
  const tested = async (step: number) => {
    return { step, evaluation: await evaluate(model, dataset, 'test', { communicator }) };
  };
  if (!best || best.step === step) return tested(step);
  const { metrics } = await evaluate(model, dataset, 'validation', { communicator });
  if (metrics.logLoss! <= best.logLoss) return tested(step);
  const restored = restore && (await leadState(model, workers, () => restore(best.step)));
  if (!restore) await followState(model, workers);
  if (!(await workers.share(() => restored!))) return tested(step);
  await workers.shareModel(model);
  return tested(best.step);
}

/**
 * Workers that read other rows would train a model of neither.
 * @throws `training/workers-differ`
 */
export async function requireSameData({ digest, report }: Dataset, workers: WorkerGroup): Promise<void> {
  if ((await workers.share(() => digest)) === digest) return;
  throw error('workers-differ', {
    subject: report.source,
    rule: 'must hold the same rows for all workers',
    got: 'other rows than worker 0 has',
    hint: 'Copy the files to all machines, or read them from a file system that all share.',
  });
}

/**
 * Trains a run that the first worker leads with `trainRun`: the part of a worker that writes nothing.
 *
 * @param options.model as `runModelConfig` says
 * @param options.from the folder of another run that this one goes on from
 */
export async function followRun(options: {
  readonly config: TrainConfig;
  readonly from?: string | undefined;
  readonly dataset: Dataset;
  readonly model: Dlrm;
  readonly communicator: Communicator;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { config, dataset, model, communicator, signal, from: other } = options;
  const workers = new WorkerGroup(communicator);
  await requireSameData(dataset, workers);
  await followState(model, workers);
  const from = await workers.receive<TrainingState>();
  if (from.step > 0 || other !== undefined) await workers.shareModel(model);
  const average = averageOf(model, config);
  await workers.shareAverage(average, from.averaged);
  const { state, interrupted } = await fit(model, dataset, {
    ...trainingOptions(config, workers),
    average,
    from,
    signal,
    onCheckpoint: () => followState(model, workers),
  });
  if (!interrupted) await testedWeights({ state, model, dataset, workers });
}
