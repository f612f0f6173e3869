import type { Backend, Block } from '@ttrec/backend';
import type { RandomStream } from '@ttrec/core';
import type { OptimizerConfig } from '@ttrec/embeddings';
import type { Activations } from '../layers/activations.ts';
import type { DenseParameter } from '../layers/dense-parameter.ts';
import { CrossNetwork } from './cross-network.ts';
import { FactorizationMachine } from './factorization-machine.ts';
import type { InteractionConfig, InteractionShape } from './interaction-config.ts';

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
  readonly optimizer: OptimizerConfig;
  readonly stream: RandomStream;
}

export function createInteraction(
  config: InteractionConfig,
  width: number,
  context: InteractionContext,
): Interaction {
  switch (config.kind) {
    case 'cat':
      return sideBySide;
    case 'dot':
      return dotProducts(config.selfInteraction ?? false, width, context);
    case 'dcn':
      return new CrossNetwork(config, context);
    case 'fm':
      return new FactorizationMachine(context);
  }
}

const sideBySide: Interaction = {
  parameters: [],
  forward: (features) => features,
  input: (features) => features,
  gradient: (gradFeatures) => gradFeatures,
  backward: () => undefined,
  dispose: () => undefined,
};

function dotProducts(
  selfInteraction: boolean,
  width: number,
  { backend, activations, vectors, hasDense }: InteractionContext,
): Interaction {
  const pairs = { featureCount: vectors, selfInteraction, passThrough: hasDense };
  return {
    ...sideBySide,
    forward(features) {
      const out = activations.get('interacted', features.rows, width);
      backend.dotInteraction({ features, ...pairs, out });
      return out;
    },
    input: ({ rows }) => activations.get('interacted', rows, width),
    gradient: ({ rows }) => activations.get('gradInteracted', rows, width),
    backward(features, gradFeatures) {
      const gradOut = activations.get('gradInteracted', features.rows, width);
      backend.dotInteractionBackward({ features, ...pairs, gradOut, gradFeatures });
    },
  };
}
