import { CrossNetwork } from './cross-network.ts';
import { FactorizationMachine } from './factorization-machine.ts';
import type { InteractionConfig } from './interaction-config.ts';
import type { Interaction, InteractionContext } from './interaction.ts';

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
