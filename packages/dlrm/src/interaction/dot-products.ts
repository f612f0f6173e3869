import type { Block } from '@ttrec/backend';
import type { Interaction, InteractionContext } from './interaction.ts';

/** Dot products of all pairs of vectors, behind the first where that is the bottom MLP's output. */
export class DotProducts implements Interaction {
  readonly kind = 'dot';
  readonly parameters = [];
  readonly context: InteractionContext;
  readonly pairs: {
    readonly featureCount: number;
    readonly selfInteraction: boolean;
    readonly passThrough: boolean;
  };
  readonly #width: number;

  constructor(selfInteraction: boolean, width: number, context: InteractionContext) {
    this.context = context;
    this.pairs = { featureCount: context.vectors, selfInteraction, passThrough: context.hasDense };
    this.#width = width;
  }

  forward(features: Block): Block {
    const out = this.input(features);
    this.context.backend.dotInteraction({ features, ...this.pairs, out });
    return out;
  }

  input(features: Block): Block {
    return this.out('interacted', features);
  }

  out(name: string, { rows }: Block): Block {
    return this.context.activations.get(name, rows, this.#width);
  }

  dispose(): void {
    // It has no buffers.
  }
}
