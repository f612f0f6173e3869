import type { Backend, Block } from '@ttrec/backend';
import type { RandomStream } from '@ttrec/core';
import type { OptimizerConfig } from '@ttrec/embeddings';
import type { Activations } from '../layers/activations.ts';
import type { DenseParameter } from '../layers/dense-parameter.ts';
import type { InteractionConfig, InteractionShape } from './interaction-config.ts';

/** What is between the feature vectors [B, vectors · D] and the top MLP, as far as it is computed forwards. */
export interface Interaction {
  readonly kind: InteractionConfig['kind'];
  readonly parameters: readonly DenseParameter[];
  /** Enqueues the input of the top MLP. */
  forward(features: Block): Block;
  /** What the last forward returned. */
  input(features: Block): Block;
  dispose(): void;
}

/** What interactions are made with. */
export interface InteractionContext extends InteractionShape {
  readonly backend: Backend;
  readonly activations: Activations;
  readonly optimizer: OptimizerConfig;
  readonly stream: RandomStream;
  /** What weights [rows, cols] start with; zeros without it, for those that are loaded. */
  readonly valuesOf?: ((name: string, rows: number, cols: number) => Float32Array) | undefined;
}
