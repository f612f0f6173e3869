import { columnBlock, makeAll, type Backend, type Block } from '@ttrec/backend';
import { RandomStream } from '@ttrec/core';
import {
  ScoringCollection,
  type EmbeddingBagCollectionOptions,
  type OptimizerConfig,
} from '@ttrec/embeddings';
import { RowBroadcast, type CheckedBags } from '@ttrec/embeddings/model';
import type { DlrmBatch } from './batch.ts';
import { scoringShape, type DlrmConfig, type DlrmShape } from './dlrm-config.ts';
import { createInteraction, type AnyInteraction } from './interaction/create-interaction.ts';
import { Activations } from './layers/activations.ts';
import type { DenseParameter } from './layers/dense-parameter.ts';
import { ForwardMlp, type MlpOptions, type RowMasks } from './layers/forward-mlp.ts';
import type { InteractionContext } from './interaction/interaction.ts';
import { WideTerm, wideTables } from './wide-term.ts';

/** Which learning rate a part of a model has. */
export type Group = 'embeddings' | 'dense' | 'wide';

/** A collection of tables, and its learning rate. */
export interface CollectionOf<Collection> {
  readonly group: Group;
  readonly collection: Collection;
}

/** A parameter outside the tables, and how it is trained. */
export interface DenseMember {
  readonly group: Group;
  readonly parameter: DenseParameter;
  readonly optimizer: OptimizerConfig;
}

/** What a network is made of: parts that score, or parts that train. */
export interface NetworkParts<Collection extends ScoringCollection, Stack extends ForwardMlp> {
  collection(options: EmbeddingBagCollectionOptions): Collection;
  mlp(options: MlpOptions): Stack;
  /** What the weights of an interaction start with; zeros without it. */
  interactionValues?(stream: RandomStream): NonNullable<InteractionContext['valuesOf']>;
}

/** Without what only training needs. */
const scoringParts: NetworkParts<ScoringCollection, ForwardMlp> = {
  collection: (options) => new ScoringCollection(options),
  mlp: (options) => new ForwardMlp(options),
};

/** A network that only scores. */
export function scoringNetwork(backend: Backend, config: DlrmConfig): Network {
  return new Network(backend, config, () => scoringParts);
}

/** The parts of a DLRM and how blocks go through them, forwards. Batches are checked by the caller. */
export class Network<
  Collection extends ScoringCollection = ScoringCollection,
  Stack extends ForwardMlp = ForwardMlp,
> {
  readonly embeddings: Collection;
  readonly wide: WideTerm<Collection> | undefined;
  readonly activations: Activations;
  readonly backend: Backend;
  readonly #made: NetworkParts<Collection, Stack>;
  readonly #config: DlrmConfig;
  readonly #shape: DlrmShape;
  protected readonly bottom: Stack | undefined;
  protected readonly interaction: AnyInteraction;
  protected readonly top: Stack;
  readonly #broadcast: RowBroadcast;
  readonly #parts: readonly { dispose(): void }[];

  constructor(
    backend: Backend,
    config: DlrmConfig,
    partsWith: (activations: Activations) => NetworkParts<Collection, Stack>,
  ) {
    this.backend = backend;
    this.#config = config;
    this.#shape = scoringShape(config);
    this.activations = new Activations(backend);
    this.#made = partsWith(this.activations);
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
    this.embeddings = embeddings as Collection;
    this.bottom = bottom === nothing ? undefined : (bottom as Stack);
    this.interaction = interaction as AnyInteraction;
    this.top = top as Stack;
    this.wide = wide === nothing ? undefined : (wide as WideTerm<Collection>);
  }

  /** Everything outside the tables, in a fixed order. */
  get dense(): readonly DenseMember[] {
    const { dense } = this.#config.optimizer;
    const parameters = [
      ...(this.bottom?.parameters ?? []),
      ...this.interaction.parameters,
      ...this.top.parameters,
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
  get groups(): readonly CollectionOf<Collection>[] {
    const { wide, embeddings } = this;
    return [
      { group: 'embeddings', collection: embeddings },
      ...(wide ? [{ group: 'wide', collection: wide.embeddings } as const] : []),
    ];
  }

  get collections(): readonly Collection[] {
    return this.groups.map(({ collection }) => collection);
  }

  /** @param masks draws what is dropped, in training @returns [B, 1] */
  forward(batch: DlrmBatch, bags: CheckedBags, masks?: RowMasks): Block {
    const { size } = batch;
    const features = this.features(size);
    this.embeddings.forward(bags, features, { firstColumn: this.firstColumn });
    const dense = this.#config.denseFeatures > 0 ? this.#upload(batch) : undefined;
    if (this.bottom && dense) this.#forwardBottom(this.bottom, dense, { features, masks });
    const deep = this.deepLogits(size);
    this.top.forward(this.interaction.forward(features), deep, masks);
    if (!this.wide) return deep;
    const logits = this.get('logits', size, 1);
    this.wide.forward(bags, dense, logits);
    return logits;
  }

  dispose(): void {
    this.activations.dispose();
    this.#broadcast.dispose();
    for (const part of this.#parts) part.dispose();
  }

  #embeddings(): Collection {
    const { embeddingDim, tables, features, optimizer, seed } = this.#config;
    const backend = this.backend;
    return this.#made.collection({
      ...{ backend, embeddingDim, tables, features, seed },
      optimizer: optimizer.embeddings,
    });
  }

  #mlp(name: 'bottom' | 'top'): Stack | undefined {
    const { optimizer, seed, mlpInitialisation = 'glorot', dropout = 0, outputBias = 0 } = this.#config;
    const { bottomSizes, topSizes } = this.#shape;
    const sizes = name === 'top' ? topSizes : bottomSizes;
    if (!sizes) return undefined;
    const shared = {
      backend: this.backend,
      optimizer: optimizer.dense,
      stream: new RandomStream(seed, 'mlp'),
    };
    const common = { ...shared, name, sizes, dropout, initialisation: mlpInitialisation };
    if (name === 'bottom') return this.#made.mlp({ ...common, lastActivation: 'relu' });
    // With glorot the last layer starts at zero: an untrained model predicts its output bias, however large dense features,
    // D or the interaction are. The layers below wait one step for their first gradient.
    const last = mlpInitialisation === 'glorot' ? { lastWeights: 'zero' as const } : {};
    return this.#made.mlp({ ...common, ...last, lastActivation: 'identity', lastBias: outputBias });
  }

  #interact(): AnyInteraction {
    const { interaction, embeddingDim, optimizer, seed, denseFeatures } = this.#config;
    const stream = new RandomStream(seed, 'mlp');
    return createInteraction(interaction, this.#shape.topSizes[0]!, {
      backend: this.backend,
      activations: this.activations,
      optimizer: optimizer.dense,
      stream,
      valuesOf: this.#made.interactionValues?.(stream),
      vectors: this.#shape.vectors,
      embeddingDim,
      hasDense: denseFeatures > 0,
    });
  }

  #wideTerm(): WideTerm<Collection> | undefined {
    const { wide, tables, features, denseFeatures, seed } = this.#config;
    if (!wide) return undefined;
    return new WideTerm({
      backend: this.backend,
      activations: this.activations,
      tables: wideTables(tables, wide),
      ...{ features, denseFeatures, seed },
      optimizer: wideOptimizer(this.#config),
      denseOptimizer: wideDenseOptimizer(this.#config),
      collection: (options) => this.#made.collection(options),
    });
  }

  /** The bottom MLP's output comes first. */
  protected get firstColumn(): number {
    return this.bottom ? this.#config.embeddingDim : 0;
  }

  protected deepLogits(size: number): Block {
    return this.wide ? this.wide.deepLogits(size) : this.get('logits', size, 1);
  }

  /** Dense numbers of one row are computed once. */
  #forwardBottom(
    bottom: Stack,
    dense: Block,
    { features, masks }: { readonly features: Block; readonly masks: RowMasks | undefined },
  ): void {
    if (dense.rows === features.rows) {
      bottom.forward(dense, this.bottomOut(features), masks);
      return;
    }
    const source = this.#broadcast.source(1, this.#config.embeddingDim);
    bottom.forward(dense, source);
    this.#broadcast.into(features, [0], source);
  }

  /** The numbers of every row, or those of one that all share. */
  #upload({ dense }: DlrmBatch): Block {
    const block = this.denseBlock(dense.length / this.#config.denseFeatures)!;
    this.backend.write(block.buffer, dense);
    return block;
  }

  protected denseBlock(size: number): Block | undefined {
    const { denseFeatures } = this.#config;
    return denseFeatures > 0 ? this.get('dense', size, denseFeatures) : undefined;
  }

  protected features(size: number): Block {
    return this.get('features', size, this.#shape.vectors * this.#config.embeddingDim);
  }

  protected bottomOut({ buffer, rows }: Block): Block {
    return columnBlock(buffer, 0, this.#config.embeddingDim, rows);
  }

  protected get(name: string, rows: number, cols: number): Block {
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
