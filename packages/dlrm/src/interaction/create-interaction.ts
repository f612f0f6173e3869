import { CrossNetwork } from './cross-network.ts';
import { DotProducts } from './dot-products.ts';
import { FactorizationMachine } from './factorization-machine.ts';
import type { InteractionConfig } from './interaction-config.ts';
import type { Interaction, InteractionContext } from './interaction.ts';

/** All vectors side by side: what comes in goes out. */
export interface SideBySide extends Interaction {
  readonly kind: 'cat';
}

export type AnyInteraction = SideBySide | DotProducts | CrossNetwork | FactorizationMachine;

export function createInteraction(
  config: InteractionConfig,
  width: number,
  context: InteractionContext,
): AnyInteraction {
  switch (config.kind) {
    case 'cat':
      return sideBySide;
    case 'dot':
      return new DotProducts(config.selfInteraction ?? false, width, context);
    case 'dcn':
      return new CrossNetwork(config, context);
    case 'fm':
      return new FactorizationMachine(context);
  }
}

const sideBySide: SideBySide = {
  kind: 'cat',
  parameters: [],
  forward: (features) => features,
  input: (features) => features,
  dispose: () => undefined,
};
