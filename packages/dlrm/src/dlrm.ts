import type { Block } from '@ttrec/backend';
import { RandomStream } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import type { EmbeddingBagCollection } from '@ttrec/embeddings';
import type { StateEntry } from '@ttrec/embeddings/kind';
import {
  type SparseGradient,
  checkLearningRate,
  countsSteps,
  StepCount,
  type CheckedBags,
  type TableSharding,
} from '@ttrec/embeddings/model';
import { checkLabels, copyOfBatch, weightOfRows, type DlrmBatch, type LabelledBatch } from './batch.ts';
import { checkOptimizers } from './config/check-config.ts';
import { checkDlrmOptions, type DlrmConfig, type DlrmOptions } from './dlrm-config.ts';
import { error } from './error.ts';
import type { DenseParameter } from './layers/dense-parameter.ts';
import { schemaConfig, type DlrmForOptions, type ModelSchema } from './schema-config.ts';
import { ScoringDlrm, type CheckedBatch } from './scoring-dlrm.ts';
import { applyRowGradients, applyUpdate, type LearningRates } from './training/apply-update.ts';
import { subtreesOfPart, type BatchPart } from './shards/batch-part.ts';
import {
  PartGradients,
  type GradientLayout,
  type HostGradients,
  type SubtreeGradients,
} from './shards/part-gradients.ts';
import { StepQueue } from './training/step-queue.ts';
import { tableGradients, TrainingNetwork } from './training/training-network.ts';

/** What a training step saw. */
export interface StepResult {
  /** Mean over the rows by their weights, in nats; 0 where all weights are 0. */
  readonly loss: number;
  /** [B] */
  readonly logits: Float32Array;
}

/** What some shards of a batch add to a step. */
export interface PartResult {
  /** [b] in nats, each times the weight of its row. */
  readonly losses: Float32Array;
  /** [b] */
  readonly logits: Float32Array;
  /** Of the sum of the losses over the weight of the whole batch, as far as neighbouring shards can be added up. */
  readonly gradients: readonly SubtreeGradients[];
}

/** Everything that a step would change. Valid until the next step. */
export interface ModelGradients {
  readonly dense: readonly DenseParameter[];
  /** One list a table, in the order of the config. */
  readonly tables: readonly SparseGradient[][];
  /** The same of the wide term, if there is one. */
  readonly wide?: readonly SparseGradient[][];
}

/**
 * A deep learning recommendation model on one backend.
 *
 * A row's ids become one vector a feature, its numbers one more through the bottom MLP; the vectors interact, and the top
 * MLP makes a logit of it.
 */
export class Dlrm extends ScoringDlrm {
  declare readonly embeddings: EmbeddingBagCollection;
  /** @internal */
  declare protected readonly network: TrainingNetwork;
  /** Which tables workers divide among them, if they do. */
  readonly sharding: TableSharding | undefined;
  readonly #queue: StepQueue;
  /** Steps done, for rules of dense parameters that depend on it, and for what is dropped. */
  readonly #steps: StepCount;
  #parts: PartGradients | undefined;

  /**
   * @throws what `dlrmShape`, `EmbeddingBagCollection` and the backend's `createBuffer` throw, `embeddings/too-large` among
   *   it; nothing stays allocated then
   */
  constructor(options: DlrmOptions) {
    super(withCheckedOptimizers(options));
    this.sharding = options.sharding;
    const counts = this.network.dense.some(({ optimizer }) => countsSteps(optimizer));
    this.#steps = new StepCount(counts || (this.config.dropout ?? 0) > 0);
    this.#queue = new StepQueue(this.network);
  }

  /**
   * A model for the columns of a dataset: `Dlrm.for(data.schema, { backend, tables })`.
   *
   * @throws the same errors as the constructor
   */
  static for(schema: ModelSchema, options: DlrmForOptions): Dlrm {
    const { backend, ...rest } = options;
    return new Dlrm({ backend, ...schemaConfig(schema, rest) });
  }

  /** @internal */
  protected override createNetwork({ backend, sharding }: DlrmOptions, config: DlrmConfig): TrainingNetwork {
    sharding?.check(config.tables);
    return new TrainingNetwork(backend, config, sharding);
  }

  override get wideEmbeddings(): EmbeddingBagCollection | undefined {
    return this.network.wide?.embeddings;
  }

  /** @internal */
  protected override get trainingEntries(): readonly StateEntry[] {
    return this.#steps.entries;
  }

  /**
   * Enqueues the logits of a batch.
   *
   * @returns [B, 1], valid until the next batch
   * @throws `dlrm/dense-length`, `dlrm/dense-not-finite`, and what `EmbeddingBagCollection.forward` throws
   */
  logits(batch: DlrmBatch): Block {
    const bags = this.check(batch, false);
    this.#queue.requireIdle('logits');
    return this.network.forward(batch, bags);
  }

  /** What cannot run at once is checked again when it runs: the caller may have changed it. @internal */
  protected override readLogits(checked: CheckedBatch): Promise<Float32Array> {
    if (this.#queue.isIdle) return this.#queue.run(() => super.readLogits(checked));
    const { broadcast } = checked;
    const batch = copyOfBatch(checked.batch);
    return this.#queue.run(() =>
      super.readLogits({ batch, bags: this.check(batch, false, broadcast), broadcast }),
    );
  }

  /**
   * One step: forward, binary cross-entropy on the logits (mean over the batch, by the weights of its rows), backward, update.
   * Everything is enqueued before it returns; the promise waits for the loss.
   *
   * @param options.learningRate one for all parts, or one for each
   * @returns the loss and logits before the update
   * @throws `dlrm/label-length`, `dlrm/label-range`, `dlrm/row-weights`, `embeddings/bad-learning-rate`, and what `logits`
   *   throws; nothing has changed then
   */
  async trainStep(
    batch: LabelledBatch,
    options: { readonly learningRate: number | LearningRates },
  ): Promise<StepResult> {
    checkOptions(error, 'trainStep', options, { learningRate: 'any' });
    this.sharding?.refuse('trainStep');
    const rates = learningRatesOf(options.learningRate);
    const bags = this.#checkLabelled(batch);
    if (this.#queue.isIdle) return this.#step(batch, bags, rates);
    const own = copyOfBatch(batch);
    return this.#queue.run(() => this.#step(own, this.#checkLabelled(own), rates));
  }

  /** The gradients of the mean loss of a batch, without an update or dropout. Valid until the next step. */
  gradients(batch: LabelledBatch): ModelGradients {
    this.sharding?.refuse('gradients');
    const bags = this.#checkLabelled(batch);
    this.#queue.requireIdle('gradients');
    const { collections } = this.network.forwardBackward(batch, bags);
    const [tables, wide] = collections.map(tableGradients);
    const dense = this.network.dense.map(({ parameter }) => parameter);
    return { dense, tables: tables!, ...(wide && { wide }) };
  }

  /**
   * The gradients of some shards of a batch, on the host: a step in two parts, for batches that workers share. The sum of the gradients of
   * all shards goes to `applyGradients`, here or in another process. Gradients of tables are those of their rows: of a table that computes its
   * rows, such as a TT, they are fewer numbers than the gradients of its parameters.
   *
   * @param rows of these shards, one shard after another
   * @returns valid until the next step
   * @throws as `trainStep`; `dlrm/steps-pending` where a step before it was not awaited
   */
  async shardGradients(rows: LabelledBatch, part: BatchPart): Promise<PartResult> {
    checkOptions(error, 'shardGradients', part, {
      batchWeight: 'any',
      shards: 'any',
      first: 'any',
      spans: 'any',
    });
    const bags = this.#checkLabelled(rows);
    this.#queue.requireIdle('shardGradients');
    const masks = this.#masks(this.#steps.upcoming);
    const subtrees = subtreesOfPart(part);
    const pass = this.network.forwardBackward(rows, bags, {
      masks:
        masks && part.spans.map((span, s) => ({ ...span, stream: masks.child(`shard/${part.first + s}`) })),
      weight: part.batchWeight,
      subtrees: subtrees.map(({ spans }) => spans),
    });
    const [losses, logits, gradients] = await Promise.all([
      this.backend.read(pass.losses),
      this.backend.read(pass.logits),
      this.#partGradients.read(pass, subtrees),
    ]);
    return { losses, logits, gradients };
  }

  /**
   * Updates the model with the gradients of a whole batch.
   * @throws `embeddings/bad-learning-rate`; `dlrm/steps-pending` where a step before it was not awaited
   */
  async applyGradients(
    gradients: HostGradients,
    options: { readonly learningRate: number | LearningRates },
  ): Promise<void> {
    checkOptions(error, 'applyGradients', options, { learningRate: 'any' });
    const rates = learningRatesOf(options.learningRate);
    this.#queue.requireIdle('applyGradients');
    const tables = this.#partGradients.write(gradients);
    const { clipNorm } = this.config.optimizer;
    applyRowGradients(this.backend, this.network, tables, { rates, step: this.#steps.next(), clipNorm });
    await this.network.settled();
  }

  /** Which gradients `shardGradients` returns, in their order. */
  get gradientLayout(): GradientLayout {
    return this.#partGradients.layout;
  }

  get #partGradients(): PartGradients {
    return (this.#parts ??= new PartGradients(this.backend, this.network));
  }

  #checkLabelled(batch: LabelledBatch): CheckedBags {
    const bags = this.check(batch, true);
    checkLabels(batch);
    return bags;
  }

  async #step(batch: LabelledBatch, bags: CheckedBags, rates: LearningRates): Promise<StepResult> {
    const { clipNorm } = this.config.optimizer;
    const step = this.#steps.next();
    const weight = weightOfRows(batch);
    const stream = this.#masks(step);
    const masks = stream && [{ start: 0, end: batch.size, stream }];
    const pass = this.network.forwardBackward(batch, bags, { masks, weight });
    applyUpdate(this.backend, this.network, pass, { rates, step, clipNorm });
    const [rowLosses, rowLogits] = await Promise.all([
      this.backend.read(pass.losses),
      this.backend.read(pass.logits),
      this.network.settled(),
    ]);
    return { loss: meanLoss(rowLosses, weight), logits: rowLogits };
  }

  /** What draws the dropped outputs of a step. */
  #masks(step: number): RandomStream | undefined {
    const { seed, dropout = 0 } = this.config;
    return dropout > 0 ? new RandomStream(seed, `dropout/${step}`) : undefined;
  }
}

/** Only training depends on them. */
function withCheckedOptimizers(options: DlrmOptions): DlrmOptions {
  checkDlrmOptions(options);
  if (options.optimizer !== undefined) checkOptimizers(options.optimizer);
  return options;
}

/** @param losses each times the weight of its row @param weight of all rows together */
export function meanLoss(losses: Float32Array, weight: number): number {
  return weight === 0 ? 0 : losses.reduce((sum, loss) => sum + loss, 0) / weight;
}

/** @throws `embeddings/bad-learning-rate` */
function learningRatesOf(rate: number | LearningRates): LearningRates {
  const rates = typeof rate === 'object' ? rate : { embeddings: rate, dense: rate };
  checkOptions(error, 'learningRate', rates, { embeddings: 'any', dense: 'any', wide: 'any' });
  for (const each of [rates.embeddings, rates.dense, rates.wide ?? 0]) checkLearningRate(each);
  return rates;
}
