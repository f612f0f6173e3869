import { makeAll, wholeBlock, type Block } from '@ttrec/backend';
import { denseParameter, disposeDense, type DenseParameter } from '../layers/dense-parameter.ts';
import { crossShape, type InteractionConfig } from './interaction-config.ts';
import type { Interaction, InteractionContext } from './interaction.ts';

export interface CrossLayer {
  /** [rank, n] */
  readonly V: DenseParameter;
  /** [n, rank] */
  readonly U: DenseParameter;
  /** [n] */
  readonly bias: DenseParameter;
}

/** The low-rank cross network over n = vectors · D columns: `x ↦ x₀ ∘ (U V x + b) + x` a layer. */
export class CrossNetwork implements Interaction {
  readonly kind = 'dcn';
  readonly context: InteractionContext;
  readonly rank: number;
  readonly layers: readonly CrossLayer[];

  constructor(config: Extract<InteractionConfig, { kind: 'dcn' }>, context: InteractionContext) {
    this.context = context;
    const { backend, optimizer, valuesOf, vectors, embeddingDim } = context;
    const width = vectors * embeddingDim;
    const { layers, rank } = crossShape(config, width);
    this.rank = rank;
    const names = Array.from({ length: layers }, (_, l) => `cross.${l}`);
    const parameter = (name: string, rows: number, cols: number): DenseParameter => {
      const values = valuesOf?.(name, rows, cols);
      return denseParameter({ backend, name, rows, cols, values, optimizer });
    };
    const shapes = names.flatMap((name) => [
      [`${name}.V`, rank, width] as const,
      [`${name}.U`, width, rank] as const,
      [`${name}.bias`, 1, width] as const,
    ]);
    const made = makeAll(shapes, ([name, rows, cols]) => parameter(name, rows, cols), disposeDense);
    this.layers = names.map((_, l) => ({ V: made[3 * l]!, U: made[3 * l + 1]!, bias: made[3 * l + 2]! }));
  }

  get parameters(): readonly DenseParameter[] {
    return this.layers.flatMap(({ V, U, bias }) => [V, U, bias]);
  }

  forward(features: Block): Block {
    const { backend } = this.context;
    return this.layers.reduce((x, { V, U, bias }, l) => {
      const [inner, outer, next] = [this.inner(l, x), this.wide(`outer${l}`, x), this.wide(`x${l + 1}`, x)];
      backend.matmul({ a: x, b: wholeBlock(V.weights), transposeB: true, out: inner });
      backend.matmul({
        a: inner,
        b: wholeBlock(U.weights),
        transposeB: true,
        bias: wholeBlock(bias.weights),
        out: outer,
      });
      backend.multiply({ a: features, b: outer, out: next });
      backend.add({ a: next, b: x, out: next });
      return next;
    }, features);
  }

  input(features: Block): Block {
    return this.wide(`x${this.layers.length}`, features);
  }

  dispose(): void {
    for (const parameter of this.parameters) disposeDense(parameter);
  }

  /** V x of a layer, [B, rank]. */
  inner(layer: number, { rows }: Block): Block {
    return this.context.activations.get(`inner${layer}`, rows, this.rank);
  }

  /** [B, n] */
  wide(name: string, { rows }: Block): Block {
    const { activations, vectors, embeddingDim } = this.context;
    return activations.get(`cross/${name}`, rows, vectors * embeddingDim);
  }
}
