import { makeAll, wholeBlock, type Block } from '@ttrec/backend';
import { fillNormal } from '@ttrec/core';
import { denseParameter, disposeDense, type DenseParameter } from '../layers/dense-parameter.ts';
import { rowsOf } from '../shards/shard-sums.ts';
import { crossShape, type InteractionConfig } from './interaction-config.ts';
import type { Interaction, InteractionContext } from './interaction.ts';

interface Layer {
  /** [rank, n] */
  readonly V: DenseParameter;
  /** [n, rank] */
  readonly U: DenseParameter;
  /** [n] */
  readonly bias: DenseParameter;
}

/** The low-rank cross network over n = vectors · D columns: `x ↦ x₀ ∘ (U V x + b) + x` a layer. */
export class CrossNetwork implements Interaction {
  readonly #context: InteractionContext;
  readonly #rank: number;
  readonly #layers: readonly Layer[];

  constructor(config: Extract<InteractionConfig, { kind: 'dcn' }>, context: InteractionContext) {
    this.#context = context;
    const { backend, optimizer, stream, vectors, embeddingDim } = context;
    const width = vectors * embeddingDim;
    const { layers, rank } = crossShape(config, width);
    this.#rank = rank;
    const names = Array.from({ length: layers }, (_, l) => `cross.${l}`);
    const parameter = (name: string, rows: number, cols: number): DenseParameter => {
      const values = new Float32Array(rows * cols);
      // Normal with variance 2 / (in + out) (Glorot and Bengio 2010); biases 0.
      if (rows > 1 || cols !== width || !name.endsWith('.bias'))
        fillNormal(values, stream.child(name.replace('.', '/')), 0, Math.sqrt(2 / (rows + cols)));
      return denseParameter({ backend, name, rows, cols, values, optimizer });
    };
    const shapes = names.flatMap((name) => [
      [`${name}.V`, rank, width] as const,
      [`${name}.U`, width, rank] as const,
      [`${name}.bias`, 1, width] as const,
    ]);
    const made = makeAll(shapes, ([name, rows, cols]) => parameter(name, rows, cols), disposeDense);
    this.#layers = names.map((_, l) => ({ V: made[3 * l]!, U: made[3 * l + 1]!, bias: made[3 * l + 2]! }));
  }

  get parameters(): readonly DenseParameter[] {
    return this.#layers.flatMap(({ V, U, bias }) => [V, U, bias]);
  }

  forward(features: Block): Block {
    const { backend } = this.#context;
    return this.#layers.reduce((x, { V, U, bias }, l) => {
      const [inner, outer, next] = [
        this.#inner(l, x),
        this.#wide(`outer${l}`, x),
        this.#wide(`x${l + 1}`, x),
      ];
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
    return this.#wide(`x${this.#layers.length}`, features);
  }

  gradient(gradFeatures: Block): Block {
    return this.#wide('gradCross', gradFeatures);
  }

  backward(features: Block, gradFeatures: Block): void {
    const { backend, sums } = this.#context;
    const gradient = this.gradient(features);
    const { rows: size } = features;
    const [gradOuter, part] = [this.#wide('gradOuter', features), this.#wide('crossPart', features)];
    const gradInner = this.#context.activations.get('gradInner', features.rows, this.#rank);
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const { V, U, bias } = this.#layers[l]!;
      const x = l === 0 ? features : this.#wide(`x${l}`, features);
      const inner = this.#inner(l, features);
      // The share of x₀: dL/dx₀ += g ∘ (U V x + b).
      const isLast = l === this.#layers.length - 1;
      const share = isLast ? gradFeatures : part;
      backend.multiply({ a: gradient, b: this.#wide(`outer${l}`, features), out: share });
      if (!isLast) backend.add({ a: gradFeatures, b: part, out: gradFeatures });
      backend.multiply({ a: gradient, b: features, out: gradOuter });
      sums.add(bias, size, (rows, gradBias) =>
        backend.biasActivationBackward({
          output: rowsOf(x, rows),
          gradient: rowsOf(gradOuter, rows),
          gradBias,
          activation: 'identity',
        }),
      );
      sums.add(U, size, (rows, out) =>
        backend.matmul({ a: rowsOf(gradOuter, rows), transposeA: true, b: rowsOf(inner, rows), out }),
      );
      backend.matmul({ a: gradOuter, b: wholeBlock(U.weights), out: gradInner });
      sums.add(V, size, (rows, out) =>
        backend.matmul({ a: rowsOf(gradInner, rows), transposeA: true, b: rowsOf(x, rows), out }),
      );
      backend.matmul({ a: gradInner, b: wholeBlock(V.weights), out: part });
      backend.add({ a: gradient, b: part, out: gradient });
    }
    backend.add({ a: gradFeatures, b: gradient, out: gradFeatures });
  }

  dispose(): void {
    for (const parameter of this.parameters) disposeDense(parameter);
  }

  #inner(layer: number, { rows }: Block): Block {
    return this.#context.activations.get(`inner${layer}`, rows, this.#rank);
  }

  #wide(name: string, { rows }: Block): Block {
    const { activations, vectors, embeddingDim } = this.#context;
    return activations.get(`cross/${name}`, rows, vectors * embeddingDim);
  }
}
