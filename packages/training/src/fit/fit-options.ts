import { checkOptions, type OptionRules } from '@ttrec/core/options';
import { error } from '../error.ts';
import type { EvaluationRecord, TrainRecord } from '../records/run-record.ts';
import type { Communicator } from '../workers/communicator.ts';
import type { MetricsWindow } from '../records/metrics-window.ts';
import { DEFAULT_SHARDS } from '../workers/shards.ts';
import type { ReadTimes } from './read-ahead.ts';
import type { RateOption } from './schedule.ts';
import type { TrainingState } from './training-state.ts';
import { checkAveraging, type AveragingConfig, type WeightAverage } from './weight-average.ts';

/** How a model is trained. Everything has a default. */
export interface FitOptions {
  /** Rows a step; 128 by default. */
  readonly batchSize?: number | undefined;
  /** Passes over the training rows; 1 by default. */
  readonly epochs?: number | undefined;
  /** Trains this many steps in place of whole epochs. */
  readonly steps?: number | undefined;
  /** A number, or a schedule, for all parts of the model or for each; 0.02 by default. */
  readonly learningRate?: RateOption | undefined;
  /** Steps between records of the training loss; 50 by default. */
  readonly logEvery?: number | undefined;
  /** Steps between evaluations on validation rows; at the end of each epoch by default. */
  readonly evaluateEvery?: number | undefined;
  /** At most so many validation rows are scored each time; all by default. */
  readonly evaluateRows?: number | undefined;
  /** Ends training after so many evaluations without a lower validation log-loss; never by default. */
  readonly patience?: number | undefined;
  /** Evaluations during training, and the model after it, have weights that are averaged over steps; none by default. */
  readonly averaging?: AveragingConfig | undefined;
  /** The average itself, of `averaging`: to be saved with checkpoints, and when training goes on, that of `from`. */
  readonly average?: WeightAverage | undefined;
  /** Steps between calls of `onCheckpoint`; at evaluations by default. */
  readonly checkpointEvery?: number | undefined;
  /**
   * Cuts each batch into so many shards of as many rows, whose gradients are added in a fixed order; by default 8 with a communicator
   * and 1 without. Results depend on it, and not on the number of workers.
   */
  readonly shards?: number | undefined;
  /**
   * Whether the communicator's own reduction adds up the gradients outside the tables: in less time on many workers, and in an order that may
   * depend on their number. False by default.
   */
  readonly fastReduce?: boolean | undefined;
  /**
   * The workers that train the model together: all call `fit` with the same model, data and options, but for `signal` and callbacks. A
   * signal on one stops all.
   */
  readonly communicator?: Communicator | undefined;
  /** Where training goes on; at the beginning by default. The model has the weights and the optimizer state of that step. */
  readonly from?: TrainingState | undefined;
  /** The rows since the last record of the training loss, when training goes on. */
  readonly window?: MetricsWindow | undefined;
  /** Stops training after the present step. */
  readonly signal?: AbortSignal | undefined;
  /**
   * After every step.
   * @param loss mean over its rows, in nats, before the update
   * @param times of its batch, which was read while the step before it was computed
   */
  readonly onStep?:
    ((state: TrainingState, loss: number, times: ReadTimes) => void | Promise<void>) | undefined;
  readonly onRecord?: ((record: TrainRecord | EvaluationRecord) => void | Promise<void>) | undefined;
  /** Told of tables, and `wide NAME` of the wide term, of which nothing changed since the evaluation before, or the beginning. */
  readonly onDeadTables?: ((tables: readonly string[], step: number) => void | Promise<void>) | undefined;
  /** Called when weights and `state` are to be saved; both are consistent until it has ended. `best`: so far, by validation. */
  readonly onCheckpoint?:
    ((state: TrainingState, about: { readonly best: boolean }) => void | Promise<void>) | undefined;
}

const rules: OptionRules<FitOptions> = {
  batchSize: 'any',
  epochs: 'any',
  steps: 'any',
  learningRate: 'any',
  logEvery: 'any',
  evaluateEvery: 'any',
  evaluateRows: 'any',
  patience: 'any',
  averaging: 'any',
  average: 'any',
  checkpointEvery: 'any',
  shards: 'any',
  fastReduce: 'boolean',
  communicator: 'any',
  from: 'any',
  window: 'any',
  signal: 'any',
  onStep: 'any',
  onRecord: 'any',
  onDeadTables: 'any',
  onCheckpoint: 'any',
};

const COUNTS = [
  'batchSize',
  'epochs',
  'steps',
  'logEvery',
  'evaluateEvery',
  'evaluateRows',
  'patience',
  'checkpointEvery',
  'shards',
] as const;

/** @throws `training/unknown-option`, `training/bad-option`, `training/too-few-shards` */
export function checkFitOptions(options: FitOptions): void {
  checkOptions(error, 'fit', options, rules);
  for (const name of COUNTS) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw error('bad-option', { subject: `fit, ${name}`, rule: 'must be an integer from 1', got: value });
  }
  if (options.averaging !== undefined) checkAveraging(options.averaging);
  const { from, average, averaging } = options;
  const saved = from?.averaged ?? 0;
  if (averaging !== undefined && (average?.count ?? 0) !== saved)
    throw error('bad-option', {
      subject: 'fit, average',
      rule: `must be the average that was saved with "from", taken ${saved} times`,
      got: average?.count ?? 'nothing',
    });
  requireShards(shardsFor(options), options.communicator?.size ?? 1);
}

/** Shards of a batch. */
export function shardsFor({ shards, communicator }: Pick<FitOptions, 'shards' | 'communicator'>): number {
  return shards ?? (communicator ? DEFAULT_SHARDS : 1);
}

/** @throws `training/too-few-shards` */
export function requireShards(shards: number, workers: number): void {
  if (workers <= shards) return;
  throw error('too-few-shards', {
    subject: 'workers',
    rule: `must be at most the shards of a batch, ${shards}`,
    got: workers,
    hint: 'Set "shards" in the training section of the config. Results depend on it.',
  });
}

/** The number of the last step. */
export function plannedSteps(
  { steps, epochs = 1, batchSize = 128 }: Pick<FitOptions, 'steps' | 'epochs' | 'batchSize'>,
  trainRows: number,
): number {
  return steps ?? epochs * Math.ceil(trainRows / batchSize);
}
