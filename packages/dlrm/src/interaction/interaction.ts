import type { Backend, Block } from '@ttrec/backend';
import type { RandomStream } from '@ttrec/core';
import type { OptimizerConfig } from '@ttrec/embeddings';
import type { Activations } from '../layers/activations.ts';
import type { DenseParameter } from '../layers/dense-parameter.ts';
import type { ShardSums } from '../shards/shard-sums.ts';
import type { InteractionShape } from './interaction-config.ts';

/** What is between the feature vectors [B, vectors · D] and the top MLP. */
export interface Interaction {
  readonly parameters: readonly DenseParameter[];
  /** Enqueues the input of the top MLP. */
  forward(features: Block): Block;
  /** What the last forward returned. */
  input(features: Block): Block;
  /** Where its gradient goes, before `backward`: `gradFeatures` itself where vectors are only put side by side. */
  gradient(gradFeatures: Block): Block;
  /** Enqueues `gradFeatures`, and the gradients of the parameters, from what is in `gradient`. */
  backward(features: Block, gradFeatures: Block): void;
  dispose(): void;
}

/** What interactions are made with. */
export interface InteractionContext extends InteractionShape {
  readonly backend: Backend;
  readonly activations: Activations;
  /** How gradients of parameters are summed over the rows of a batch. */
  readonly sums: ShardSums;
  readonly optimizer: OptimizerConfig;
  readonly stream: RandomStream;
}
