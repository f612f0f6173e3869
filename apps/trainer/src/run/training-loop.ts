import { setImmediate as turn } from 'node:timers/promises';
import type { Batch, Dataset } from '@ttrec/data';
import type { Dlrm } from '@ttrec/dlrm';
import type { TrainConfig } from '../config/train-config.ts';
import { error } from '../error.ts';
import { evaluateModel } from './evaluate-model.ts';
import type { MetricsWindow } from './metrics.ts';
import type { CacheRecord, EvaluationRecord, TrainRecord } from './records.ts';
import type { TrainingState } from './training-state.ts';

export interface LoopOptions {
  readonly model: Dlrm;
  readonly dataset: Dataset;
  readonly training: TrainConfig['training'];
  readonly from: TrainingState;
  /** The rows since the last record of the training loss. */
  readonly window: MetricsWindow;
  /** Asked between steps. */
  readonly stopRequested: () => boolean;
  /** After every step. */
  readonly onStep: (state: TrainingState, loss: number) => void;
  readonly onRecord: (record: TrainRecord | EvaluationRecord) => Promise<void>;
  /** Weights and state are consistent while this runs. `best` when an evaluation has just set it. */
  readonly save: (state: TrainingState, best: boolean) => Promise<void>;
}

export interface LoopResult {
  readonly state: TrainingState;
  readonly interrupted: boolean;
}

/**
 * Trains until the epochs, or the steps when given, are used up or a stop is requested. Batches come in an order that depends on seed and
 * epoch alone, and nothing else is random here, so that a run continued from a saved state is the run that never stopped.
 *
 * @throws `trainer/loss-not-finite`, with the step
 */
export async function trainingLoop(options: LoopOptions): Promise<LoopResult> {
  const loop = new Loop(options);
  return loop.run();
}

/** Total steps that a config asks of a dataset. */
export function plannedSteps(training: TrainConfig['training'], trainRows: number): number {
  return training.steps ?? training.epochs * Math.ceil(trainRows / training.batchSize);
}

class Loop {
  readonly #options: LoopOptions;
  readonly #target: number;
  #state: TrainingState;
  #savedStep: number;
  /** When the last step and what belongs to it ended: reading a batch counts as training time, evaluating does not. */
  #idleSince = performance.now();

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#state = options.from;
    // A run that is interrupted before its first step saves that too, so that it can be resumed like any other.
    this.#savedStep = options.from.step === 0 ? -1 : options.from.step;
    this.#target = plannedSteps(options.training, options.dataset.rows.train);
  }

  async run(): Promise<LoopResult> {
    const { dataset, training, stopRequested } = this.#options;
    while (this.#state.step < this.#target && !stopRequested()) {
      const { epoch, batchInEpoch } = this.#state;
      const { batchSize } = training;
      for await (const batch of dataset.batches({
        split: 'train',
        batchSize,
        epoch,
        skipBatches: batchInEpoch,
      })) {
        await this.#step(batch);
        if (this.#state.step >= this.#target || stopRequested()) break;
      }
    }
    if (this.#state.step > this.#savedStep) await this.#save(false);
    // After saving: a run that goes on takes this record of a part of a window back, and ends the window where it should.
    await this.#log();
    return { state: this.#state, interrupted: this.#state.step < this.#target };
  }

  async #step(batch: Batch): Promise<void> {
    const { model, training } = this.#options;
    const { loss, logits } = await model.trainStep(batch, { learningRate: training.learningRate });
    const seconds = (performance.now() - this.#idleSince) / 1000;
    if (!Number.isFinite(loss)) throw notFinite(this.#state.step + 1, loss, training.learningRate);
    this.#options.window.add(batch.labels, logits);
    this.#state = this.#advanced(batch.size, seconds);
    this.#options.onStep(this.#state, loss);
    await this.#afterStep();
    // Signals are heard between turns of the event loop, and an engine that computes at once leaves none.
    await turn();
    this.#idleSince = performance.now();
  }

  /** Moves past the batch; at the end of an epoch, to the start of the next. */
  #advanced(rows: number, seconds: number): TrainingState {
    const { step, epoch, batchInEpoch, samples, trainingSeconds } = this.#state;
    const { dataset, training } = this.#options;
    const endsEpoch = (batchInEpoch + 1) * training.batchSize >= dataset.rows.train;
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
    const { evaluateEvery, checkpointEvery, logEvery } = this.#options.training;
    const isDue = (every: number | undefined) =>
      every === undefined ? batchInEpoch === 0 : step % every === 0;
    if (step % logEvery === 0) await this.#log();
    const evaluates = isDue(evaluateEvery);
    const isBest = evaluates && (await this.#evaluate());
    if (isBest || (checkpointEvery === undefined ? evaluates : isDue(checkpointEvery)))
      await this.#save(isBest);
  }

  async #log(): Promise<void> {
    const { model, window, onRecord } = this.#options;
    if (window.rows === 0) return;
    const { step, epoch, samples, trainingSeconds, logged } = this.#state;
    const samplesPerSecond = window.rows / (trainingSeconds - logged.trainingSeconds);
    const { logLoss, auc } = window.take();
    this.#state = { ...this.#state, logged: { step, trainingSeconds } };
    await onRecord({
      type: 'train',
      step,
      epoch,
      samples,
      loss: logLoss!,
      auc,
      samplesPerSecond,
      ...cacheRecords(model),
    });
  }

  /** @returns whether the log-loss is the lowest so far */
  async #evaluate(): Promise<boolean> {
    const { model, dataset } = this.#options;
    if (dataset.rows.validation === 0) return false;
    const { metrics } = await evaluateModel(model, dataset, 'validation');
    const { step, epoch, samples, best } = this.#state;
    const logLoss = metrics.logLoss!;
    const isBest = best === undefined || logLoss < best.logLoss;
    if (isBest) this.#state = { ...this.#state, best: { step, logLoss } };
    await this.#options.onRecord({ type: 'validation', step, epoch, samples, metrics, best: isBest });
    return isBest;
  }

  async #save(best: boolean): Promise<void> {
    this.#savedStep = this.#state.step;
    await this.#options.save(this.#state, best);
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

function notFinite(step: number, loss: number, learningRate: number): Error {
  return error('loss-not-finite', {
    subject: `step ${step}`,
    rule: 'the training loss must be finite',
    got: loss,
    hint: `Lower the learning rate (now ${learningRate}) or look for outliers in the dense features.`,
  });
}
