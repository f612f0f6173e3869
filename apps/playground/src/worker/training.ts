import type { Batch, Dataset } from '@ttrec/data';
import { binaryMetrics, type Dlrm } from '@ttrec/dlrm';
import { error } from '../error.ts';
import type { HeldOutPoint } from '../protocol/messages.ts';

/** Where training stands in its data. */
export interface Place {
  /** Steps done. */
  readonly step: number;
  readonly epoch: number;
  /** Batches of that epoch already used. */
  readonly batchInEpoch: number;
}

export const start: Place = { step: 0, epoch: 0, batchInEpoch: 0 };

const EVALUATION_BATCH = 1024;
/** Held-out rows scored at a time are at most these, so that a curve costs little beside training. */
const EVALUATION_ROWS = 4096;

/** A model and its data: steps in an order that seed and place alone decide. */
export class Training {
  readonly #dataset: Dataset;
  readonly #batchSize: number;
  readonly #learningRate: number;
  #batches: AsyncIterator<Batch> | undefined;
  #place: Place;

  constructor(
    dataset: Dataset,
    options: { readonly batchSize: number; readonly learningRate: number; readonly from: Place },
  ) {
    this.#dataset = dataset;
    this.#batchSize = options.batchSize;
    this.#learningRate = options.learningRate;
    this.#place = options.from;
  }

  get place(): Place {
    return this.#place;
  }

  /**
   * One step.
   *
   * @returns its mean loss, in nats, and its rows
   * @throws `playground/loss-not-finite`, and what the engine throws
   */
  async step(model: Dlrm): Promise<{ readonly loss: number; readonly rows: number }> {
    const batch = await this.#nextBatch();
    const { loss } = await model.trainStep(batch, { learningRate: this.#learningRate });
    const { step, epoch, batchInEpoch } = this.#place;
    if (!Number.isFinite(loss)) throw notFinite(step + 1, loss, this.#learningRate);
    this.#place = { step: step + 1, epoch, batchInEpoch: batchInEpoch + 1 };
    return { loss, rows: batch.size };
  }

  /** Log-loss and AUC on held-out rows; undefined where none are held out. */
  async evaluate(model: Dlrm): Promise<HeldOutPoint | undefined> {
    const labels: number[] = [];
    const logits: number[] = [];
    for await (const batch of heldOut(this.#dataset)) {
      labels.push(...batch.labels);
      logits.push(...(await model.predict(batch, { output: 'logits' })));
    }
    if (labels.length === 0) return undefined;
    return { step: this.#place.step, ...lossAndAuc(labels, logits) };
  }

  async #nextBatch(): Promise<Batch> {
    for (;;) {
      this.#batches ??= this.#open();
      const next = await this.#batches.next();
      if (next.done !== true) return next.value;
      this.#batches = undefined;
      this.#place = { step: this.#place.step, epoch: this.#place.epoch + 1, batchInEpoch: 0 };
    }
  }

  #open(): AsyncIterator<Batch> {
    const { epoch, batchInEpoch } = this.#place;
    const batches = this.#dataset.batches({
      split: 'train',
      batchSize: this.#batchSize,
      epoch,
      skipBatches: batchInEpoch,
    });
    return batches[Symbol.asyncIterator]();
  }
}

/** What a model that knew the true probabilities would reach on the held-out rows. */
export async function bestPossible(
  dataset: Dataset,
): Promise<{ readonly loss: number; readonly auc: number | null } | undefined> {
  const labels: number[] = [];
  const logits: number[] = [];
  for await (const batch of heldOut(dataset)) {
    if (!batch.trueLogits) return undefined;
    labels.push(...batch.labels);
    logits.push(...batch.trueLogits);
  }
  return labels.length === 0 ? undefined : lossAndAuc(labels, logits);
}

export function heldOutRows(dataset: Dataset): number {
  return Math.min(dataset.rows.validation, EVALUATION_ROWS);
}

async function* heldOut(dataset: Dataset): AsyncGenerator<Batch> {
  let rows = 0;
  if (dataset.rows.validation === 0) return;
  for await (const batch of dataset.batches({ split: 'validation', batchSize: EVALUATION_BATCH })) {
    yield batch;
    rows += batch.size;
    if (rows >= EVALUATION_ROWS) return;
  }
}

function lossAndAuc(labels: readonly number[], logits: readonly number[]) {
  const { logLoss, auc } = binaryMetrics(labels, logits, { fromLogits: true });
  return { loss: logLoss, auc: Number.isNaN(auc) ? null : auc };
}

function notFinite(step: number, loss: number, learningRate: number): Error {
  return error('loss-not-finite', {
    subject: `step ${step}`,
    rule: 'the training loss must be finite',
    got: loss,
    hint: `Lower the learning rate (now ${learningRate}), and start over.`,
  });
}
