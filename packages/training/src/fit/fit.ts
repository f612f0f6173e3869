import { checkArgument } from '@ttrec/core/options';
import { readSecondsOf, type Batch, type Dataset } from '@ttrec/data';
import type { Dlrm, LearningRates } from '@ttrec/dlrm';
import { error } from '../error.ts';
import { evaluate } from '../evaluate.ts';
import type { CacheRecord, TrainRecord } from '../records/run-record.ts';
import { ShardedStep, type Exchange, type SharedStep } from '../workers/sharded-step.ts';
import { checkFitOptions, plannedSteps, shardsFor, type FitOptions } from './fit-options.ts';
import { DeadTables } from './dead-tables.ts';
import { MetricsWindow } from '../records/metrics-window.ts';
import { readAhead, type ReadTimes } from './read-ahead.ts';
import { ratesOf } from './schedule.ts';
import { initialState, type TrainingState } from './training-state.ts';
import { turn } from './turn.ts';
import { WeightAverage } from './weight-average.ts';

export interface FitResult {
  readonly state: TrainingState;
  /** Whether `signal` stopped training before the last step. */
  readonly interrupted: boolean;
  /** Whether training ended before the last step because its patience was used up. */
  readonly stoppedEarly: boolean;
  /** What this worker exchanged with the others, in the steps of this call. */
  readonly exchange?: FitExchange | undefined;
}

export interface FitExchange extends Exchange {
  readonly steps: number;
  /** Spent in these steps. */
  readonly trainingSeconds: number;
}

/**
 * Trains a model on the training rows of a dataset, until the epochs, or the steps when given, are used up. Batches come in an order
 * that depends on the seed of the dataset and the epoch alone, and nothing else is random here, so that a run continued from a saved
 * state is the run that never stopped.
 *
 * The loss of a batch is the mean over its rows, by their weights where the data has them: a row of weight 2 counts as two.
 *
 * @throws `training/unknown-option`, `training/bad-option`, `training/too-few-shards`, `training/bad-schedule`;
 *   `training/cannot-average`; `training/loss-not-finite`, with the step
 */
export async function fit(model: Dlrm, dataset: Dataset, options: FitOptions = {}): Promise<FitResult> {
  checkArgument(error, 'fit, model', model, 'a Dlrm', 'config', 'state', 'embeddings');
  checkArgument(
    error,
    'fit, dataset',
    dataset,
    'a dataset, such as openDataset returns',
    'rows',
    'schema',
    'batches',
  );
  checkFitOptions(options);
  return new Loop(model, dataset, options).run();
}

class Loop {
  readonly #model: Dlrm;
  readonly #dataset: Dataset;
  readonly #options: FitOptions;
  readonly #batchSize: number;
  readonly #learningRate: ReturnType<typeof ratesOf>;
  readonly #window: MetricsWindow;
  readonly #deadTables: DeadTables;
  readonly #target: number;
  /** Undefined where batches are whole and this worker is alone. */
  readonly #sharded: ShardedStep | undefined;
  readonly #average: WeightAverage | undefined;
  /** Whether a worker was asked to stop, as all of them know. */
  #stops = false;
  #state: TrainingState;
  #savedStep: number;
  /** When the last step and what belongs to it ended: reading a batch counts as training time, evaluating does not. */
  #idleSince = performance.now();

  constructor(model: Dlrm, dataset: Dataset, options: FitOptions) {
    const {
      from = initialState,
      window = new MetricsWindow(),
      batchSize = 128,
      learningRate = 0.02,
    } = options;
    this.#model = model;
    this.#dataset = dataset;
    this.#options = options;
    this.#batchSize = batchSize;
    this.#learningRate = ratesOf(learningRate);
    this.#window = window;
    this.#deadTables = new DeadTables(model);
    this.#state = from;
    // A run that is interrupted before its first step saves that too, so that it can be resumed like any other.
    this.#savedStep = from.step === 0 ? -1 : from.step;
    this.#target = plannedSteps(options, dataset.rows.train);
    const { averaging } = options;
    this.#average = averaging && (options.average ?? new WeightAverage(model, averaging));
    const { communicator } = options;
    const shards = shardsFor(options);
    // One shard is the whole batch, and its worker is alone.
    if (shards > 1)
      this.#sharded = new ShardedStep(model, { shards, communicator, fastReduce: options.fastReduce });
    if (averaging === undefined || (averaging.start ?? 0) < this.#target) return;
    throw error('bad-option', {
      subject: 'averaging, start',
      rule: `must be below the last step of the training, ${this.#target}`,
      got: averaging.start,
    });
  }

  async run(): Promise<FitResult> {
    await this.#checkTables();
    while (!this.#isOver()) {
      const { epoch, batchInEpoch: skipBatches } = this.#state;
      const { part } = this.#sharded ?? {};
      const batches = { split: 'train', batchSize: this.#batchSize, epoch, skipBatches, part } as const;
      const use = async (batch: Batch, times: ReadTimes) => {
        // A separate thread reads before it is asked: the batch has the time that reading took.
        const readSeconds = readSecondsOf(batch) ?? times.readSeconds;
        await this.#step(batch, { ...times, readSeconds });
        return !this.#isOver();
      };
      // While a step is under way, the state is that before it.
      const isLast = () => this.#state.step + 1 >= this.#target;
      await readAhead(this.#dataset.batches(batches), use, isLast, (ms) => this.#sharded?.exclude(ms));
    }
    if (this.#state.step > this.#savedStep) await this.#save(false);
    // After saving: a run that goes on takes this record of a part of a window back, and ends the window where it should.
    await this.#log();
    const isWhole = this.#state.step >= this.#target;
    const stoppedEarly = !isWhole && this.#hasStalled;
    if (isWhole || stoppedEarly) this.#average?.apply();
    const exchange = this.#options.communicator && this.#exchange;
    return { state: this.#state, interrupted: !isWhole && !stoppedEarly, stoppedEarly, exchange };
  }

  get #exchange(): FitExchange {
    const { from = initialState } = this.#options;
    return {
      ...(this.#sharded?.exchange ?? { sentBytesPerStep: {}, seconds: 0 }),
      steps: this.#state.step - from.step,
      trainingSeconds: this.#state.trainingSeconds - from.trainingSeconds,
    };
  }

  #isOver(): boolean {
    const aborted = this.#options.communicator && this.#sharded ? this.#stops : this.#isAborted;
    return this.#state.step >= this.#target || aborted || this.#hasStalled;
  }

  get #isAborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  get #hasStalled(): boolean {
    const { patience = Infinity } = this.#options;
    return (this.#state.evaluationsSinceBest ?? 0) >= patience;
  }

  async #step(batch: Batch, times: ReadTimes): Promise<void> {
    const learningRate = this.#learningRate(this.#state.step);
    const { loss, logits, labels, weights } = await this.#train(batch, learningRate);
    const seconds = (performance.now() - this.#idleSince) / 1000;
    if (!Number.isFinite(loss)) throw notFinite(this.#state.step + 1, loss, learningRate);
    this.#window.add({ labels, logits, weights });
    this.#state = this.#advanced(labels.length, seconds);
    await this.#takeWeights();
    await this.#options.onStep?.(this.#state, loss, times);
    await this.#afterStep();
    // Signals are heard between turns of the event loop, and an engine that computes at once leaves none.
    await turn();
    this.#idleSince = performance.now();
  }

  /** @param batch or the rows of it that this worker needs */
  async #train(batch: Batch, learningRate: number | LearningRates): Promise<Omit<SharedStep, 'stops'>> {
    const { labels, weights } = batch;
    if (!this.#sharded) return { ...(await this.#model.trainStep(batch, { learningRate })), labels, weights };
    const rows = Math.min(
      this.#batchSize,
      this.#dataset.rows.train - this.#state.batchInEpoch * this.#batchSize,
    );
    const step = await this.#sharded.run(batch, { rows, learningRate, stops: this.#isAborted });
    this.#stops = step.stops;
    return step;
  }

  async #takeWeights(): Promise<void> {
    const average = this.#average;
    if (average === undefined) return;
    await average.update(this.#state.step);
    if (average.count > 0) this.#state = { ...this.#state, averaged: average.count };
  }

  /** Moves past the batch; at the end of an epoch, to the start of the next. */
  #advanced(rows: number, seconds: number): TrainingState {
    const { step, epoch, batchInEpoch, samples, trainingSeconds } = this.#state;
    const endsEpoch = (batchInEpoch + 1) * this.#batchSize >= this.#dataset.rows.train;
    return {
      ...this.#state,
      step: step + 1,
      epoch: endsEpoch ? epoch + 1 : epoch,
      batchInEpoch: endsEpoch ? 0 : batchInEpoch + 1,
      samples: samples + rows,
      trainingSeconds: trainingSeconds + seconds,
    };
  }

  async #afterStep(): Promise<void> {
    const { step, batchInEpoch } = this.#state;
    const { evaluateEvery, checkpointEvery, logEvery = 50 } = this.#options;
    const isDue = (every: number | undefined) =>
      every === undefined ? batchInEpoch === 0 : step % every === 0;
    if (step % logEvery === 0) await this.#log();
    const evaluates = isDue(evaluateEvery);
    if (evaluates) await this.#checkTables();
    const isBest = evaluates && (await this.#evaluate());
    if (isBest || (checkpointEvery === undefined ? evaluates : isDue(checkpointEvery)))
      await this.#save(isBest);
  }

  async #checkTables(): Promise<void> {
    const { onDeadTables } = this.#options;
    if (onDeadTables === undefined) return;
    const { step } = this.#state;
    const tables = await this.#deadTables.check(step);
    if (tables.length > 0) await onDeadTables(tables, step);
  }

  async #log(): Promise<void> {
    const window = this.#window;
    if (!window.hasWeight) return;
    const { step, epoch, samples, trainingSeconds, logged } = this.#state;
    const samplesPerSecond = window.rows / (trainingSeconds - logged.trainingSeconds);
    const { logLoss, auc } = window.take();
    this.#state = { ...this.#state, logged: { step, trainingSeconds } };
    // Taken by every worker, though not every one keeps records: what is counted since is state of the model.
    const caches = cacheRecords(this.#model);
    await this.#options.onRecord?.({
      type: 'train',
      step,
      epoch,
      samples,
      loss: logLoss!,
      auc,
      samplesPerSecond,
      ...caches,
    });
  }

  /** @returns whether the log-loss is the lowest so far */
  async #evaluate(): Promise<boolean> {
    if (this.#dataset.rows.validation === 0) return false;
    const { evaluateRows: rows, onRecord, communicator } = this.#options;
    const evaluated = () => evaluate(this.#model, this.#dataset, 'validation', { rows, communicator });
    const { metrics, ranking } = await (this.#average?.during(evaluated) ?? evaluated());
    const { evaluationsSinceBest = 0, ...state } = this.#state;
    const { step, epoch, samples, best } = state;
    const logLoss = metrics.logLoss!;
    const isBest = best === undefined || logLoss < best.logLoss;
    this.#state = isBest
      ? { ...state, best: { step, logLoss } }
      : { ...state, evaluationsSinceBest: evaluationsSinceBest + 1 };
    await onRecord?.({
      type: 'validation',
      step,
      epoch,
      samples,
      metrics,
      ...(ranking && { ranking }),
      best: isBest,
    });
    return isBest;
  }

  async #save(best: boolean): Promise<void> {
    this.#savedStep = this.#state.step;
    await this.#options.onCheckpoint?.(this.#state, { best });
  }
}

/** Without a cache, no field. */
function cacheRecords({ embeddings }: Dlrm): Pick<TrainRecord, 'caches'> {
  const taken = embeddings.takeCacheStatistics();
  if (taken.length === 0) return {};
  const records = taken.map(({ table, statistics }): [string, CacheRecord] => {
    return [table, { ...statistics, hitRate: statistics.hits / statistics.lookups }];
  });
  return { caches: Object.fromEntries(records) };
}

function notFinite(step: number, loss: number, rates: number | LearningRates): Error {
  return error('loss-not-finite', {
    subject: `step ${step}`,
    rule: 'the training loss must be finite',
    got: loss,
    hint: `Lower the learning rate (now ${typeof rates === 'number' ? rates : JSON.stringify(rates)}) or look for outliers in the dense features.`,
  });
}
