import { columnBlock, makeAll, type Backend, type Block } from '@ttrec/backend';
import { RandomStream } from '@ttrec/core';
import { EmbeddingBagCollection, type OptimizerConfig } from '@ttrec/embeddings';
import { RowBroadcast, type CheckedBags, type RowSpan, type SparseGradient } from '@ttrec/embeddings/kind';
import { weightOfRows, type DlrmBatch, type LabelledBatch } from './batch.ts';
import { dlrmShape, type DlrmConfig, type DlrmShape } from './dlrm-config.ts';
import { createInteraction } from './interaction/create-interaction.ts';
import type { Interaction } from './interaction/interaction.ts';
import { Activations } from './layers/activations.ts';
import type { DenseParameter } from './layers/dense-parameter.ts';
import { Mlp, type RowMasks } from './layers/mlp.ts';
import { ShardSums } from './shards/shard-sums.ts';
import { WideTerm, wideTables } from './wide-term.ts';

/** Which learning rate a part of a model has. */
export type Group = 'embeddings' | 'dense' | 'wide';

/** A collection of tables, and where its gradient is. */
export interface CollectionGradient {
  readonly group: Group;
  readonly collection: EmbeddingBagCollection;
  readonly gradOut: Block;
  readonly firstColumn: number;
}

/** A parameter outside the tables, and how it is trained. */
export interface DenseMember {
  readonly group: Group;
  readonly parameter: DenseParameter;
  readonly optimizer: OptimizerConfig;
}

/** What a forward and backward leave. */
export interface Pass {
  /** [B, 1] */
  readonly logits: Block;
  /** [B, 1], each times the weight of its row. */
  readonly losses: Block;
  readonly collections: readonly CollectionGradient[];
}

/** The parts of a DLRM and how blocks go through them. Batches are checked by the caller. */
export class Network {
  readonly embeddings: EmbeddingBagCollection;
  readonly wide: WideTerm | undefined;
  readonly activations: Activations;
  readonly sums: ShardSums;
  readonly #backend: Backend;
  readonly #config: DlrmConfig;
  readonly #shape: DlrmShape;
  readonly #bottom: Mlp | undefined;
  readonly #interaction: Interaction;
  readonly #top: Mlp;
  readonly #broadcast: RowBroadcast;
  readonly #parts: readonly { dispose(): void }[];

  constructor(backend: Backend, config: DlrmConfig) {
    this.#backend = backend;
    this.#config = config;
    this.#shape = dlrmShape(config);
    this.activations = new Activations(backend);
    this.sums = new ShardSums(backend, this.activations);
    this.#broadcast = new RowBroadcast(backend, 'dense');
    this.#parts = makeAll(
      [
        () => this.#embeddings(),
        () => this.#mlp('bottom'),
        () => this.#interact(),
        () => this.#mlp('top'),
        () => this.#wideTerm(),
      ],
      (make) => make() ?? nothing,
      (part) => part.dispose(),
    );
    const [embeddings, bottom, interaction, top, wide] = this.#parts;
    this.embeddings = embeddings as EmbeddingBagCollection;
    this.#bottom = bottom === nothing ? undefined : (bottom as Mlp);
    this.#interaction = interaction as Interaction;
    this.#top = top as Mlp;
    this.wide = wide === nothing ? undefined : (wide as WideTerm);
  }

  /** Everything outside the tables, in a fixed order. */
  get dense(): readonly DenseMember[] {
    const { dense } = this.#config.optimizer;
    const parameters = [
      ...(this.#bottom?.parameters ?? []),
      ...this.#interaction.parameters,
      ...this.#top.parameters,
    ];
    const members = parameters.map((parameter): DenseMember => {
      return { group: 'dense', parameter, optimizer: dense };
    });
    const weights = this.wide?.dense;
    return weights
      ? [...members, { group: 'wide', parameter: weights, optimizer: wideDenseOptimizer(this.#config) }]
      : members;
  }

  /** The collections of tables, and which learning rate each has. */
  get groups(): readonly Pick<CollectionGradient, 'group' | 'collection'>[] {
    const { wide, embeddings } = this;
    return [
      { group: 'embeddings', collection: embeddings },
      ...(wide ? [{ group: 'wide', collection: wide.embeddings } as const] : []),
    ];
  }

  get collections(): readonly EmbeddingBagCollection[] {
    return this.groups.map(({ collection }) => collection);
  }

  /** @param masks draws what is dropped, in training @returns [B, 1] */
  forward(batch: DlrmBatch, bags: CheckedBags, masks?: RowMasks): Block {
    const { size } = batch;
    const features = this.#features(size);
    this.embeddings.forward(bags, features, { firstColumn: this.#firstColumn });
    const dense = this.#config.denseFeatures > 0 ? this.#upload(batch) : undefined;
    if (this.#bottom && dense) this.#forwardBottom(this.#bottom, dense, { features, masks });
    const deep = this.#deepLogits(size);
    this.#top.forward(this.#interaction.forward(features), deep, masks);
    if (!this.wide) return deep;
    const logits = this.#get('logits', size, 1);
    this.wide.forward(bags, dense, logits);
    return logits;
  }

  /**
   * Loss and gradients of a batch: those of dense parameters in place, those of tables left to their collections.
   * @param settings.weight of the rows of the whole batch, where this is a part of it
   * @param settings.subtrees rows of its shards, a list a subtree
   */
  forwardBackward(
    batch: LabelledBatch,
    bags: CheckedBags,
    settings: {
      readonly masks?: RowMasks | undefined;
      readonly weight?: number;
      readonly subtrees?: readonly (readonly RowSpan[])[];
    } = {},
  ): Pass {
    const { size } = batch;
    const { masks, weight = weightOfRows(batch) } = settings;
    this.sums.cut(settings.subtrees);
    const logits = this.forward(batch, bags, masks);
    const [labels, losses, gradLogits] = ['labels', 'losses', 'gradLogits'].map((name) =>
      this.#get(name, size, 1),
    ) as [Block, Block, Block];
    this.#backend.write(labels.buffer, batch.labels);
    // Rows that all weigh nothing have no gradient.
    this.#backend.bceWithLogits({ logits, labels, losses, gradLogits, scale: weight === 0 ? 0 : 1 / weight });
    if (batch.weights) this.#weigh(batch.weights, [losses, gradLogits]);
    // Before the MLP, which overwrites the gradient of its output.
    const wide = this.wide?.backward(this.#dense(size), gradLogits);
    const gradOut = this.#backwardDeep(size, gradLogits);
    const collections: CollectionGradient[] = [
      { group: 'embeddings', collection: this.embeddings, gradOut, firstColumn: this.#firstColumn },
    ];
    if (wide) collections.push({ group: 'wide', collection: this.wide!.embeddings, ...wide });
    return { logits, losses, collections };
  }

  dispose(): void {
    this.activations.dispose();
    this.#broadcast.dispose();
    for (const part of this.#parts) part.dispose();
  }

  #weigh(weights: Float32Array, blocks: readonly Block[]): void {
    const factors = this.#get('rowWeights', weights.length, 1);
    this.#backend.write(factors.buffer, weights);
    for (const block of blocks) this.#backend.multiply({ a: block, b: factors, out: block });
  }

  #backwardDeep(size: number, gradLogits: Block): Block {
    const features = this.#features(size);
    const gradFeatures = this.#get('gradFeatures', size, features.cols);
    this.#top.backward({
      input: this.#interaction.input(features),
      out: this.#deepLogits(size),
      gradOut: gradLogits,
      gradInput: this.#interaction.gradient(gradFeatures),
    });
    this.#interaction.backward(features, gradFeatures);
    this.#bottom?.backward({
      input: this.#dense(size)!,
      out: this.#bottomOut(features),
      gradOut: this.#bottomOut(gradFeatures),
    });
    return gradFeatures;
  }

  #embeddings(): EmbeddingBagCollection {
    const { embeddingDim, tables, features, optimizer, seed } = this.#config;
    const backend = this.#backend;
    return new EmbeddingBagCollection({
      ...{ backend, embeddingDim, tables, features, seed },
      optimizer: optimizer.embeddings,
    });
  }

  #mlp(name: 'bottom' | 'top'): Mlp | undefined {
    const { optimizer, seed, mlpInitialisation = 'glorot', dropout = 0, outputBias = 0 } = this.#config;
    const { bottomSizes, topSizes } = this.#shape;
    const sizes = name === 'top' ? topSizes : bottomSizes;
    if (!sizes) return undefined;
    const shared = {
      backend: this.#backend,
      sums: this.sums,
      optimizer: optimizer.dense,
      stream: new RandomStream(seed, 'mlp'),
    };
    const common = { ...shared, name, sizes, dropout, initialisation: mlpInitialisation };
    if (name === 'bottom') return new Mlp({ ...common, lastActivation: 'relu' });
    // With glorot the last layer starts at zero: an untrained model predicts its output bias, however large dense features,
    // D or the interaction are. The layers below wait one step for their first gradient.
    const last = mlpInitialisation === 'glorot' ? { lastWeights: 'zero' as const } : {};
    return new Mlp({ ...common, ...last, lastActivation: 'identity', lastBias: outputBias });
  }

  #interact(): Interaction {
    const { interaction, embeddingDim, optimizer, seed, denseFeatures } = this.#config;
    return createInteraction(interaction, this.#shape.topSizes[0]!, {
      backend: this.#backend,
      activations: this.activations,
      sums: this.sums,
      optimizer: optimizer.dense,
      stream: new RandomStream(seed, 'mlp'),
      vectors: this.#shape.vectors,
      embeddingDim,
      hasDense: denseFeatures > 0,
    });
  }

  #wideTerm(): WideTerm | undefined {
    const { wide, tables, features, denseFeatures, seed } = this.#config;
    if (!wide) return undefined;
    return new WideTerm({
      backend: this.#backend,
      activations: this.activations,
      sums: this.sums,
      tables: wideTables(tables, wide),
      ...{ features, denseFeatures, seed },
      optimizer: wideOptimizer(this.#config),
      denseOptimizer: wideDenseOptimizer(this.#config),
    });
  }

  /** The bottom MLP's output comes first. */
  get #firstColumn(): number {
    return this.#bottom ? this.#config.embeddingDim : 0;
  }

  #deepLogits(size: number): Block {
    return this.wide ? this.wide.deepLogits(size) : this.#get('logits', size, 1);
  }

  /** Dense numbers of one row are computed once. */
  #forwardBottom(
    bottom: Mlp,
    dense: Block,
    { features, masks }: { readonly features: Block; readonly masks: RowMasks | undefined },
  ): void {
    if (dense.rows === features.rows) {
      bottom.forward(dense, this.#bottomOut(features), masks);
      return;
    }
    const source = this.#broadcast.source(1, this.#config.embeddingDim);
    bottom.forward(dense, source);
    this.#broadcast.into(features, [0], source);
  }

  /** The numbers of every row, or those of one that all share. */
  #upload({ dense }: DlrmBatch): Block {
    const block = this.#dense(dense.length / this.#config.denseFeatures)!;
    this.#backend.write(block.buffer, dense);
    return block;
  }

  #dense(size: number): Block | undefined {
    const { denseFeatures } = this.#config;
    return denseFeatures > 0 ? this.#get('dense', size, denseFeatures) : undefined;
  }

  #features(size: number): Block {
    return this.#get('features', size, this.#shape.vectors * this.#config.embeddingDim);
  }

  #bottomOut({ buffer, rows }: Block): Block {
    return columnBlock(buffer, 0, this.#config.embeddingDim, rows);
  }

  #get(name: string, rows: number, cols: number): Block {
    return this.activations.get(name, rows, cols);
  }
}

const nothing = { dispose: () => undefined };

/** What the tables of the wide term train with. */
export function wideOptimizer({ optimizer }: DlrmConfig): OptimizerConfig {
  return optimizer.wide ?? optimizer.embeddings;
}

/** The same for the weights of its dense columns, which have no rows. */
function wideDenseOptimizer(config: DlrmConfig): OptimizerConfig {
  const optimizer = wideOptimizer(config);
  return { ...optimizer, rule: optimizer.rule.replace('rowwise-', '') as OptimizerConfig['rule'] };
}

/** Gradients of tables, a list a table. */
export function tableGradients({ collection, gradOut, firstColumn }: CollectionGradient): SparseGradient[][] {
  return collection.gradients(gradOut, { firstColumn });
}
