import { wholeBlock, type Block } from '@ttrec/backend';
import { fillNormal, fillUniform } from '@ttrec/core';
import type { OptimizerConfig } from '@ttrec/embeddings';
import type { StepSettings } from '@ttrec/embeddings/model';
import { ForwardMlp, type LayerValues, type MlpOptions, type RowMasks } from '../layers/forward-mlp.ts';
import { rowsOf, ShardSums } from '../shards/shard-sums.ts';
import { updateDense } from './update-dense.ts';

/** A stack of linear layers with ReLU between them. */
export class Mlp extends ForwardMlp {
  readonly #optimizer: OptimizerConfig;
  readonly #dropout: number;
  readonly #sums: ShardSums;
  #dropped = false;

  constructor(options: MlpOptions) {
    super(options, layerValues);
    this.#optimizer = options.optimizer;
    this.#dropout = options.dropout ?? 0;
    this.#sums = options.sums ?? new ShardSums(options.backend, this.activations);
  }

  override forward(input: Block, out: Block, masks?: RowMasks): void {
    this.#dropped = masks !== undefined && this.#dropout > 0;
    super.forward(input, out, masks);
  }

  protected override readonly drop = (layer: number, hidden: Block, masks: RowMasks | undefined): void => {
    if (this.#dropped)
      this.backend.multiply({ a: hidden, b: this.#drawMask(layer, hidden, masks!), out: hidden });
  };

  /** 0 for what is dropped; the rest is scaled so that sums stay as large as without. */
  #drawMask(layer: number, { rows, cols }: Block, masks: RowMasks): Block {
    const mask = this.hidden('mask', layer, rows);
    const values = new Float32Array(rows * cols);
    for (const { stream, start, end } of masks)
      fillUniform(values.subarray(start * cols, end * cols), stream.child(`${this.name}/${layer}`), 0, 1);
    const kept = 1 / (1 - this.#dropout);
    this.backend.write(
      mask.buffer,
      values.map((value) => (value < this.#dropout ? 0 : kept)),
    );
    return mask;
  }

  /**
   * Enqueues the gradients of all parameters for the last forward.
   *
   * @param args.gradOut [B, out], dL/dout; overwritten
   * @param args.gradInput [B, in], written when given
   */
  backward(args: {
    readonly input: Block;
    readonly out: Block;
    readonly gradOut: Block;
    readonly gradInput?: Block;
  }): void {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const { weight, bias, activation } = this.layers[i]!;
      const gradient = i === this.layers.length - 1 ? args.gradOut : this.hidden('grad', i, args.input.rows);
      const input = this.input(i, args.input);
      const output = this.output(i, args.out);
      this.#sums.add(bias, gradient.rows, (rows, gradBias) =>
        this.backend.biasActivationBackward({
          output: rowsOf(output, rows),
          gradient: rowsOf(gradient, rows),
          gradBias,
          activation,
        }),
      );
      this.#sums.add(weight, gradient.rows, (rows, out) =>
        this.backend.matmul({ a: rowsOf(gradient, rows), transposeA: true, b: rowsOf(input, rows), out }),
      );
      const gradInput = i === 0 ? args.gradInput : this.hidden('grad', i - 1, args.input.rows);
      if (!gradInput) continue;
      this.backend.matmul({ a: gradient, b: wholeBlock(weight.weights), out: gradInput });
      if (i === 0 || !this.#dropped) continue;
      const mask = this.hidden('mask', i - 1, gradInput.rows);
      this.backend.multiply({ a: gradInput, b: mask, out: gradInput });
    }
  }

  /** Enqueues one optimizer step on the gradients of the last backward. */
  update(settings: StepSettings): void {
    for (const parameter of this.parameters) updateDense(this.backend, parameter, this.#optimizer, settings);
  }
}

function layerValues(options: MlpOptions, i: number): LayerValues {
  const { name, sizes, stream } = options;
  const [inputs, outputs] = [sizes[i]!, sizes[i + 1]!];
  const isLast = i === sizes.length - 2;
  const weights = new Float32Array(inputs * outputs);
  const biases = new Float32Array(outputs);
  const isUniform = options.initialisation === 'pytorch';
  const bound = 1 / Math.sqrt(inputs);
  if (!isLast || options.lastWeights !== 'zero') {
    const own = stream.child(`${name}/${i}/weight`);
    if (isUniform) fillUniform(weights, own, -bound, bound);
    else fillNormal(weights, own, 0, Math.sqrt(2 / (inputs + outputs)));
  }
  if (isUniform) fillUniform(biases, stream.child(`${name}/${i}/bias`), -bound, bound);
  if (isLast && options.lastBias !== undefined) biases.fill(options.lastBias);
  return { weights, biases };
}
