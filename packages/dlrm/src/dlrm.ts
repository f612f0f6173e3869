import { type Backend, type Block, type DeviceBuffer } from '@ttrec/backend';
import {
  type EmbeddingBagCollection,
  type LoadStateOptions,
  type StateReader,
  type StateTensor,
} from '@ttrec/embeddings';
import {
  checkLearningRate,
  countsSteps,
  joinedState,
  loadState,
  parameterEntries,
  StepCount,
  stateTensors,
  type CheckedBags,
  type SparseGradient,
  type StateOwner,
} from '@ttrec/embeddings/kind';
import { checkOptions, RandomStream } from '@ttrec/core';
import { applyGradients, applyUpdate, type LearningRates } from './apply-update.ts';
import {
  checkDense,
  checkLabels,
  copyOfBatch,
  weightOfRows,
  type DlrmBatch,
  type LabelledBatch,
} from './batch.ts';
import type { DenseParameter } from './layers/dense-parameter.ts';
import {
  checkDlrmOptions,
  completeConfig,
  dlrmShape,
  type DlrmConfig,
  type DlrmOptions,
} from './dlrm-config.ts';
import { error } from './error.ts';
import { probabilities } from './metrics/probabilities.ts';
import { requireModelRoom } from './config/require-model-room.ts';
import { Network, tableGradients } from './network.ts';
import { schemaConfig, type DlrmForOptions, type ModelSchema } from './schema-config.ts';
import { subtreesOfPart, type BatchPart } from './shards/batch-part.ts';
import {
  PartGradients,
  type GradientLayout,
  type HostGradients,
  type SubtreeGradients,
} from './shards/part-gradients.ts';
import { StepQueue } from './step-queue.ts';

/** Numbers of a model, by name: `bottom.0.weight`, `top.2.bias`, `table.C3.core1`. */
export interface ModelParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: DeviceBuffer;
  /** Optimizer state, where the rule has one. */
  readonly state?: DeviceBuffer | undefined;
}

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

export interface PredictOptions {
  /** `probabilities` by default. */
  readonly output?: 'probabilities' | 'logits';
  /**
   * Whether dense numbers of one row, or a feature of one bag, are those of every row of the batch: one user and many items. They are looked
   * up and computed once, and the result has the bits of a batch that repeats them. False by default.
   */
  readonly broadcast?: boolean;
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
export class Dlrm {
  readonly config: DlrmConfig;
  readonly embeddings: EmbeddingBagCollection;
  readonly backend: Backend;
  readonly #network: Network;
  readonly #queue: StepQueue;
  /** Steps done, for rules of dense parameters that depend on it, and for what is dropped. */
  readonly #steps: StepCount;
  #parts: PartGradients | undefined;

  /**
   * @throws what `dlrmShape`, `EmbeddingBagCollection` and the backend's `createBuffer` throw, `embeddings/too-large` among
   *   it; nothing stays allocated then
   */
  constructor(options: DlrmOptions) {
    checkDlrmOptions(options);
    const { backend, ...input } = options;
    const config = completeConfig(input);
    requireModelRoom(backend, config, dlrmShape(config));
    this.config = config;
    this.backend = backend;
    this.#network = new Network(backend, config);
    this.embeddings = this.#network.embeddings;
    const counts = this.#network.dense.some(({ optimizer }) => countsSteps(optimizer));
    this.#steps = new StepCount(counts || (config.dropout ?? 0) > 0);
    this.#queue = new StepQueue(this.#settling);
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

  /** The first-order weights of ids, if there are any: the tables of the model with one column. */
  get wideEmbeddings(): EmbeddingBagCollection | undefined {
    return this.#network.wide?.embeddings;
  }

  /** Every parameter, in a fixed order. */
  get parameters(): readonly ModelParameter[] {
    const tables = this.#collections.flatMap(([prefix, { parameters }]) =>
      parameters.map(({ table, parameter }) => ({
        ...parameter,
        name: `${prefix}${table}.${parameter.name}`,
      })),
    );
    return [...this.#network.dense.map(({ parameter }) => parameter), ...tables];
  }

  /**
   * Everything that training changes, as named tensors in the dtypes of safetensors: `bottom.0.weight`, `table.C3.core1`, their
   * optimizer state, and what tables keep on the host. Each is read when its `data` is called.
   */
  state(): StateTensor[] {
    return stateTensors(this.#state);
  }

  /**
   * Overwrites the model with saved tensors: of a file, or of another model by `stateReader`. Everything is checked before
   * anything is written. Throws the same errors as `EmbeddingBag.loadState`.
   */
  loadState(reader: StateReader, options?: LoadStateOptions): Promise<void> {
    return loadState(this.#state, reader, options);
  }

  get #state(): StateOwner {
    const parameters = this.#network.dense.flatMap(({ parameter }) =>
      parameterEntries(this.backend, parameter),
    );
    const entries = [...parameters, ...this.#steps.entries];
    const dense = { entries, settled: async () => undefined, stateLoaded: () => undefined };
    const owners = this.#collections.map(([prefix, { stateOwner }]) => [prefix, stateOwner] as const);
    return joinedState([['', dense], ...owners]);
  }

  /** The collections of tables, and what goes before the names of their tensors. */
  get #collections(): readonly (readonly [prefix: string, EmbeddingBagCollection])[] {
    const { wide } = this.#network;
    return [['table.', this.embeddings], ...(wide ? [['wide.', wide.embeddings] as const] : [])];
  }

  /**
   * Enqueues the logits of a batch.
   *
   * @returns [B, 1], valid until the next batch
   * @throws `dlrm/dense-length`, `dlrm/dense-not-finite`, and what `EmbeddingBagCollection.forward` throws
   */
  logits(batch: DlrmBatch): Block {
    const bags = this.#check(batch, false);
    this.#queue.requireIdle('logits');
    return this.#forward(batch, bags);
  }

  /**
   * Probabilities [B], the sigmoid taken in float64, or with `{ output: 'logits' }` the logits themselves: rank and score
   * by these, for a logit past 37 rounds to a probability of 1.
   *
   * @throws `dlrm/unknown-option`, `dlrm/bad-option`, and what `logits` throws
   */
  async predict(batch: DlrmBatch, options: PredictOptions = {}): Promise<Float64Array> {
    checkOptions(error, 'predict', options, { output: ['probabilities', 'logits'], broadcast: 'boolean' });
    const { broadcast = false } = options;
    const bags = this.#check(batch, false, broadcast);
    // What cannot run at once is checked again when it runs: the caller may have changed it.
    const logits = this.#queue.isIdle
      ? await this.#queue.run(() => this.backend.read(this.#forward(batch, bags)))
      : await this.#predictLater(copyOfBatch(batch), broadcast);
    return options.output === 'logits' ? new Float64Array(logits) : probabilities(logits);
  }

  #predictLater(batch: DlrmBatch, broadcast: boolean): Promise<Float32Array> {
    return this.#queue.run(() =>
      this.backend.read(this.#forward(batch, this.#check(batch, false, broadcast))),
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
    const rates = learningRatesOf(options.learningRate);
    const bags = this.#checkLabelled(batch);
    if (this.#queue.isIdle) return this.#step(batch, bags, rates);
    const own = copyOfBatch(batch);
    return this.#queue.run(() => this.#step(own, this.#checkLabelled(own), rates));
  }

  /** The gradients of the mean loss of a batch, without an update or dropout. Valid until the next step. */
  gradients(batch: LabelledBatch): ModelGradients {
    const bags = this.#checkLabelled(batch);
    this.#queue.requireIdle('gradients');
    const { collections } = this.#network.forwardBackward(batch, bags);
    const [tables, wide] = collections.map(tableGradients);
    const dense = this.#network.dense.map(({ parameter }) => parameter);
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
    const pass = this.#network.forwardBackward(rows, bags, {
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
    const sparse = this.#partGradients.write(gradients);
    const { clipNorm } = this.config.optimizer;
    applyGradients(this.backend, this.#network, sparse, { rates, step: this.#steps.next(), clipNorm });
    await this.#settling.settled();
  }

  /** Which gradients `shardGradients` returns, in their order. */
  get gradientLayout(): GradientLayout {
    return this.#partGradients.layout;
  }

  get #partGradients(): PartGradients {
    return (this.#parts ??= new PartGradients(this.backend, this.#network));
  }

  /** Frees every buffer of the model; so does `using model = …`. */
  dispose(): void {
    this.#network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Everything that can be wrong with a batch, before any of it has an effect. */
  #check(batch: DlrmBatch, training: boolean, broadcast = false): CheckedBags {
    checkDense(batch, this.config.denseFeatures, broadcast);
    return this.embeddings.check(batch.features, batch.size, { training, broadcast });
  }

  #checkLabelled(batch: LabelledBatch): CheckedBags {
    const bags = this.#check(batch, true);
    checkLabels(batch);
    return bags;
  }

  /** What steps began in tables beside their updates. */
  get #settling(): { readonly isSettled: boolean; settled(): Promise<void> } {
    const { collections } = this.#network;
    return {
      get isSettled() {
        return collections.every(({ isSettled }) => isSettled);
      },
      async settled() {
        await Promise.all(collections.map((collection) => collection.settled()));
      },
    };
  }

  async #step(batch: LabelledBatch, bags: CheckedBags, rates: LearningRates): Promise<StepResult> {
    const { clipNorm } = this.config.optimizer;
    const step = this.#steps.next();
    const weight = weightOfRows(batch);
    const stream = this.#masks(step);
    const masks = stream && [{ start: 0, end: batch.size, stream }];
    const pass = this.#network.forwardBackward(batch, bags, { masks, weight });
    applyUpdate(this.backend, this.#network, pass, { rates, step, clipNorm });
    const [rowLosses, rowLogits] = await Promise.all([
      this.backend.read(pass.losses),
      this.backend.read(pass.logits),
      this.#settling.settled(),
    ]);
    return { loss: meanLoss(rowLosses, weight), logits: rowLogits };
  }

  /** What draws the dropped outputs of a step. */
  #masks(step: number): RandomStream | undefined {
    const { seed, dropout = 0 } = this.config;
    return dropout > 0 ? new RandomStream(seed, `dropout/${step}`) : undefined;
  }

  #forward(batch: DlrmBatch, bags: CheckedBags): Block {
    return this.#network.forward(batch, bags);
  }
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
