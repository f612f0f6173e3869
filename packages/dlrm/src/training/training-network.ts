import type { Backend, Block } from '@ttrec/backend';
import { EmbeddingBagCollection } from '@ttrec/embeddings';
import type { SparseGradient, CheckedBags, RowSpan, TableSharding } from '@ttrec/embeddings/model';
import { weightOfRows, type LabelledBatch } from '../batch.ts';
import type { DlrmConfig } from '../dlrm-config.ts';
import type { RowMasks } from '../layers/forward-mlp.ts';
import { Network, type CollectionOf } from '../network.ts';
import { ShardSums } from '../shards/shard-sums.ts';
import { interactionBackward, interactionGradient, interactionValues } from './interaction-backward.ts';
import { Mlp } from './mlp.ts';
import { wideBackward } from './wide-backward.ts';

/** A collection of tables, and where its gradient is. */
export interface CollectionGradient extends CollectionOf<EmbeddingBagCollection> {
  readonly gradOut: Block;
  readonly firstColumn: number;
}

/** What a forward and backward leave. */
export interface Pass {
  /** [B, 1] */
  readonly logits: Block;
  /** [B, 1], each times the weight of its row. */
  readonly losses: Block;
  readonly collections: readonly CollectionGradient[];
}

/** A network that also computes gradients. */
export class TrainingNetwork extends Network<EmbeddingBagCollection, Mlp> {
  readonly sums: ShardSums;

  constructor(backend: Backend, config: DlrmConfig, sharding?: TableSharding) {
    let sums: ShardSums;
    super(backend, config, (activations) => {
      sums = new ShardSums(backend, activations);
      return {
        collection: (options) => new EmbeddingBagCollection({ ...options, sharding }),
        mlp: (options) => new Mlp({ ...options, sums }),
        interactionValues,
      };
    });
    this.sums = sums!;
  }

  /** Whether the work that steps started in tables, besides their updates, has ended. */
  get isSettled(): boolean {
    return this.collections.every(({ isSettled }) => isSettled);
  }

  /** Waits for that work. */
  async settled(): Promise<void> {
    await Promise.all(this.collections.map((collection) => collection.settled()));
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
      this.get(name, size, 1),
    ) as [Block, Block, Block];
    this.backend.write(labels.buffer, batch.labels);
    // Rows that all weigh nothing have no gradient.
    this.backend.bceWithLogits({ logits, labels, losses, gradLogits, scale: weight === 0 ? 0 : 1 / weight });
    if (batch.weights) this.#weigh(batch.weights, [losses, gradLogits]);
    // Before the MLP, which overwrites the gradient of its output.
    const wide = this.wide && wideBackward(this, this.wide, this.denseBlock(size), gradLogits);
    const gradOut = this.#backwardDeep(size, gradLogits);
    const collections: CollectionGradient[] = [
      { group: 'embeddings', collection: this.embeddings, gradOut, firstColumn: this.firstColumn },
    ];
    if (wide) collections.push({ group: 'wide', collection: this.wide.embeddings, ...wide });
    return { logits, losses, collections };
  }

  #weigh(weights: Float32Array, blocks: readonly Block[]): void {
    const factors = this.get('rowWeights', weights.length, 1);
    this.backend.write(factors.buffer, weights);
    for (const block of blocks) this.backend.multiply({ a: block, b: factors, out: block });
  }

  #backwardDeep(size: number, gradLogits: Block): Block {
    const features = this.features(size);
    const gradFeatures = this.get('gradFeatures', size, features.cols);
    this.top.backward({
      input: this.interaction.input(features),
      out: this.deepLogits(size),
      gradOut: gradLogits,
      gradInput: interactionGradient(this.interaction, gradFeatures),
    });
    interactionBackward(this.interaction, this.sums, features, gradFeatures);
    this.bottom?.backward({
      input: this.denseBlock(size)!,
      out: this.bottomOut(features),
      gradOut: this.bottomOut(gradFeatures),
    });
    return gradFeatures;
  }
}

/** Gradients of tables, a list a table. */
export function tableGradients({ collection, gradOut, firstColumn }: CollectionGradient): SparseGradient[][] {
  return collection.gradients(gradOut, { firstColumn });
}
