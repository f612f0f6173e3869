import { columnBlock, type Backend, type Block, type DeviceBuffer } from '@ttrec/backend';
import {
  EmbeddingBagCollection,
  priceTables,
  type LoadStateOptions,
  type StateReader,
  type StateTensor,
} from '@ttrec/embeddings';
import {
  checkLearningRate,
  requireRoom,
  tableDemands,
  joinedState,
  loadState,
  parameterEntries,
  stateTensors,
  type CheckedBags,
  RowBroadcast,
  type SparseGradient,
  type StateOwner,
} from '@ttrec/embeddings/kind';
import { checkOptions, RandomStream } from '@ttrec/core';
import { Activations } from './activations.ts';
import { checkDense, checkLabels, copyOfBatch, type DlrmBatch, type LabelledBatch } from './batch.ts';
import type { DenseParameter } from './dense-parameter.ts';
import {
  checkDlrmOptions,
  completeConfig,
  dlrmShape,
  type DlrmConfig,
  type DlrmOptions,
  type DlrmShape,
} from './dlrm-config.ts';
import { error } from './error.ts';
import { probabilities } from './metrics/probabilities.ts';
import { Mlp, mlpBytes } from './mlp.ts';
import { schemaConfig, type DlrmForOptions, type ModelSchema } from './schema-config.ts';
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
  /** Mean over the batch, in nats. */
  readonly loss: number;
  /** [B] */
  readonly logits: Float32Array;
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
  readonly #shape: DlrmShape;
  readonly #bottom: Mlp | undefined;
  readonly #top: Mlp;
  readonly #activations: Activations;
  readonly #broadcast: RowBroadcast;
  readonly #queue: StepQueue;

  /**
   * @throws what `dlrmShape`, `EmbeddingBagCollection` and the backend's `createBuffer` throw, `embeddings/too-large` among
   *   it; nothing stays allocated then
   */
  constructor(options: DlrmOptions) {
    checkDlrmOptions(options);
    const { backend, ...input } = options;
    const config = completeConfig(input);
    this.#shape = dlrmShape(config);
    const { embeddingDim, tables, features, optimizer, seed } = config;
    this.config = config;
    this.backend = backend;
    this.#activations = new Activations(backend);
    this.#broadcast = new RowBroadcast(backend, 'dense');
    requireModelRoom(backend, config, this.#shape);
    this.embeddings = new EmbeddingBagCollection({
      backend,
      embeddingDim,
      tables,
      features,
      optimizer: optimizer.embeddings,
      seed,
    });
    const { bottomSizes, topSizes } = this.#shape;
    const shared = { backend, optimizer: optimizer.dense, stream: new RandomStream(seed, 'mlp') };
    try {
      this.#bottom =
        bottomSizes && new Mlp({ ...shared, name: 'bottom', sizes: bottomSizes, lastActivation: 'relu' });
      // The last layer starts at zero: an untrained model predicts its output bias, however large dense features, D or
      // the interaction are. The layers below wait one step for their first gradient.
      this.#top = new Mlp({
        ...shared,
        name: 'top',
        sizes: topSizes,
        lastActivation: 'identity',
        lastWeights: 'zero',
        lastBias: config.outputBias ?? 0,
      });
    } catch (thrown) {
      this.#bottom?.dispose();
      this.embeddings.dispose();
      throw thrown;
    }
    this.#queue = new StepQueue(this.embeddings);
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

  /** Every parameter, in a fixed order. */
  get parameters(): readonly ModelParameter[] {
    const tables = this.embeddings.parameters.map(({ table, parameter }) => ({
      ...parameter,
      name: `table.${table}.${parameter.name}`,
    }));
    return [...(this.#bottom?.parameters ?? []), ...this.#top.parameters, ...tables];
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
    const dense = [...(this.#bottom?.parameters ?? []), ...this.#top.parameters];
    const entries = dense.flatMap((parameter) => parameterEntries(this.backend, parameter));
    const mlps = { entries, settled: async () => undefined, stateLoaded: () => undefined };
    return joinedState([
      ['', mlps],
      ['table.', this.embeddings.stateOwner],
    ]);
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
   * One step: forward, binary cross-entropy on the logits (mean over the batch), backward, update.
   * Everything is enqueued before it returns; the promise waits for the loss.
   *
   * @returns the loss and logits before the update
   * @throws `dlrm/label-length`, `dlrm/label-range`, `embeddings/bad-learning-rate`, and what `logits` throws; nothing has
   *   changed then
   */
  async trainStep(batch: LabelledBatch, options: { readonly learningRate: number }): Promise<StepResult> {
    checkOptions(error, 'trainStep', options, { learningRate: 'any' });
    const { learningRate } = options;
    checkLearningRate(learningRate);
    const bags = this.#checkLabelled(batch);
    if (this.#queue.isIdle) return this.#step(batch, bags, learningRate);
    const own = copyOfBatch(batch);
    return this.#queue.run(() => this.#step(own, this.#checkLabelled(own), learningRate));
  }

  /** The gradients of the mean loss of a batch, without an update. Valid until the next step. */
  gradients(batch: LabelledBatch): ModelGradients {
    const bags = this.#checkLabelled(batch);
    this.#queue.requireIdle('gradients');
    const { gradFeatures } = this.#forwardBackward(batch, bags);
    const tables = this.embeddings.gradients(gradFeatures, { firstColumn: this.#firstColumn });
    return { dense: [...(this.#bottom?.parameters ?? []), ...this.#top.parameters], tables };
  }

  /** Frees every buffer of the model; so does `using model = …`. */
  dispose(): void {
    this.#activations.dispose();
    this.#broadcast.dispose();
    this.embeddings.dispose();
    this.#bottom?.dispose();
    this.#top.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The bottom MLP's output comes first. */
  get #firstColumn(): number {
    return this.#bottom ? this.config.embeddingDim : 0;
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

  async #step(batch: LabelledBatch, bags: CheckedBags, learningRate: number): Promise<StepResult> {
    const { logits, losses, gradFeatures } = this.#forwardBackward(batch, bags);
    this.embeddings.backward(gradFeatures, { firstColumn: this.#firstColumn, learningRate });
    this.#bottom?.update(learningRate);
    this.#top.update(learningRate);
    const [rowLosses, rowLogits] = await Promise.all([
      this.backend.read(losses),
      this.backend.read(logits),
      this.embeddings.settled(),
    ]);
    return { loss: rowLosses.reduce((sum, loss) => sum + loss, 0) / batch.size, logits: rowLogits };
  }

  #forward(batch: DlrmBatch, bags: CheckedBags): Block {
    const { size } = batch;
    this.embeddings.forward(bags, this.#features(size), { firstColumn: this.#firstColumn });
    if (this.#bottom) this.#forwardBottom(this.#bottom, batch);
    const interacted = this.#interact(size);
    const logits = this.#get('logits', size, 1);
    this.#top.forward(interacted, logits);
    return logits;
  }

  /** Dense numbers of one row are computed once. */
  #forwardBottom(bottom: Mlp, batch: DlrmBatch): void {
    const { size } = batch;
    const rows = batch.dense.length / this.config.denseFeatures;
    const dense = this.#dense(rows);
    this.backend.write(dense.buffer, batch.dense);
    if (rows === size) bottom.forward(dense, this.#bottomOut(size));
    else {
      const source = this.#broadcast.source(1, this.config.embeddingDim);
      bottom.forward(dense, source);
      this.#broadcast.into(this.#features(size), [0], source);
    }
  }

  #forwardBackward(
    batch: LabelledBatch,
    bags: CheckedBags,
  ): { logits: Block; losses: Block; gradFeatures: Block } {
    const logits = this.#forward(batch, bags);
    const { size } = batch;
    const labels = this.#get('labels', size, 1);
    this.backend.write(labels.buffer, batch.labels);
    const losses = this.#get('losses', size, 1);
    const gradLogits = this.#get('gradLogits', size, 1);
    this.backend.bceWithLogits({ logits, labels, losses, gradLogits, scale: 1 / size });
    const gradFeatures = this.#backwardTop(size, logits, gradLogits);
    this.#bottom?.backward({
      input: this.#dense(size),
      out: this.#bottomOut(size),
      gradOut: columnBlock(gradFeatures.buffer, 0, this.config.embeddingDim, size),
    });
    return { logits, losses, gradFeatures };
  }

  #backwardTop(size: number, logits: Block, gradLogits: Block): Block {
    const gradFeatures = this.#get('gradFeatures', size, this.#shape.vectors * this.config.embeddingDim);
    const { interaction } = this.config;
    const isDot = interaction.kind === 'dot';
    const gradInput = isDot ? this.#get('gradInteracted', size, this.#shape.topSizes[0]!) : gradFeatures;
    this.#top.backward({ input: this.#interacted(size), out: logits, gradOut: gradLogits, gradInput });
    if (isDot) {
      this.backend.dotInteractionBackward({
        features: this.#features(size),
        ...this.#pairs(interaction.selfInteraction),
        gradOut: gradInput,
        gradFeatures,
      });
    }
    return gradFeatures;
  }

  #interact(size: number): Block {
    const out = this.#interacted(size);
    const { interaction } = this.config;
    if (interaction.kind === 'dot') {
      const features = this.#features(size);
      this.backend.dotInteraction({ features, ...this.#pairs(interaction.selfInteraction), out });
    }
    return out;
  }

  #pairs(selfInteraction = false): { featureCount: number; selfInteraction: boolean; passThrough: boolean } {
    return { featureCount: this.#shape.vectors, selfInteraction, passThrough: this.#bottom !== undefined };
  }

  #dense(size: number): Block {
    return this.#get('dense', size, this.config.denseFeatures);
  }

  #features(size: number): Block {
    return this.#get('features', size, this.#shape.vectors * this.config.embeddingDim);
  }

  #bottomOut(size: number): Block {
    return columnBlock(this.#features(size).buffer, 0, this.config.embeddingDim, size);
  }

  /** What the top MLP reads: the pairs, or the features themselves. */
  #interacted(size: number): Block {
    if (this.config.interaction.kind === 'cat') return this.#features(size);
    return this.#get('interacted', size, this.#shape.topSizes[0]!);
  }

  #get(name: string, rows: number, cols: number): Block {
    return this.#activations.get(name, rows, cols);
  }
}

/** Refuses a model that the backend cannot hold, before anything of it is allocated. */
function requireModelRoom(backend: Backend, config: DlrmConfig, { bottomSizes, topSizes }: DlrmShape): void {
  const { tables, embeddingDim, optimizer } = config;
  const demands = tableDemands(priceTables(tables, embeddingDim, optimizer.embeddings));
  if (bottomSizes) demands.push({ name: 'bottomMlp', bytes: mlpBytes(bottomSizes, optimizer.dense) });
  demands.push({ name: 'topMlp', bytes: mlpBytes(topSizes, optimizer.dense) });
  requireRoom(backend, demands);
}
