import { makeAll, wholeBlock, type Activation, type Backend, type Block } from '@ttrec/backend';
import { stateCols } from '@ttrec/backend/kernels';
import { checkOptions, fillNormal, fillUniform, type OptionRules, type RandomStream } from '@ttrec/core';
import type { OptimizerConfig } from '@ttrec/embeddings';
import { Activations } from './activations.ts';
import type { RowSpan, StepSettings } from '@ttrec/embeddings/kind';
import { rowsOf, ShardSums } from '../shards/shard-sums.ts';
import { error } from '../error.ts';
import { denseParameter, disposeDense, updateDense, type DenseParameter } from './dense-parameter.ts';

export interface MlpOptions {
  readonly backend: Backend;
  readonly name: string;
  /** [in, …, out]: one layer between neighbours. */
  readonly sizes: readonly number[];
  readonly lastActivation: Activation;
  readonly optimizer: OptimizerConfig;
  readonly stream: RandomStream;
  /** How layers start; `glorot` by default. */
  readonly initialisation?: MlpInitialisation;
  /** With `zero`, weights of the last layer are 0: an untrained stack puts out its last biases, whatever comes in. */
  readonly lastWeights?: 'zero';
  /** Initial value of the last layer's biases; 0 by default. */
  readonly lastBias?: number;
  /** Share of the outputs of hidden layers that a step in training sets to 0; 0 by default. */
  readonly dropout?: number;
  /** How gradients are summed over the rows of a batch; at once by default. */
  readonly sums?: ShardSums;
}

/**
 * `glorot`: normal weights of variance 2 / (in + out) (Glorot and Bengio 2010), biases 0. `pytorch`: weights and biases uniform on
 * ±1/√in, as `nn.Linear` starts.
 */
export type MlpInitialisation = 'glorot' | 'pytorch';

const mlpOptions: OptionRules<MlpOptions> = {
  backend: 'any',
  name: { required: 'string' },
  sizes: 'any',
  lastActivation: { required: ['identity', 'relu'] },
  optimizer: 'any',
  stream: 'any',
  initialisation: ['glorot', 'pytorch'],
  lastWeights: ['zero'],
  lastBias: 'any',
  dropout: 'any',
  sums: 'any',
};

/** What draws the masks of each part of a batch. */
export type RowMasks = readonly (RowSpan & { readonly stream: RandomStream })[];

interface Layer {
  /** [out, in], as PyTorch stores it. */
  readonly weight: DenseParameter;
  /** [out] */
  readonly bias: DenseParameter;
  readonly activation: Activation;
}

/** A stack of linear layers with ReLU between them. */
export class Mlp {
  readonly #backend: Backend;
  readonly #name: string;
  readonly #layers: readonly Layer[];
  readonly #optimizer: OptimizerConfig;
  readonly #activations: Activations;
  readonly #dropout: number;
  readonly #sums: ShardSums;
  #dropped = false;

  constructor(options: MlpOptions) {
    checkOptions(error, 'Mlp', options, mlpOptions);
    this.#backend = options.backend;
    this.#name = options.name;
    this.#optimizer = options.optimizer;
    this.#dropout = options.dropout ?? 0;
    this.#activations = new Activations(options.backend);
    this.#sums = options.sums ?? new ShardSums(options.backend, this.#activations);
    this.#layers = makeAll(
      options.sizes.slice(1),
      (_, i) => createLayer(options, i),
      ({ weight, bias }) => [weight, bias].forEach(disposeDense),
    );
  }

  get parameters(): readonly DenseParameter[] {
    return this.#layers.flatMap(({ weight, bias }) => [weight, bias]);
  }

  /** @param input [B, in] @param out [B, out], written @param masks draws what a step in training drops */
  forward(input: Block, out: Block, masks?: RowMasks): void {
    this.#dropped = masks !== undefined && this.#dropout > 0;
    this.#layers.forEach(({ weight, bias, activation }, i) => {
      this.#backend.matmul({
        a: this.#input(i, input),
        b: wholeBlock(weight.weights),
        transposeB: true,
        bias: wholeBlock(bias.weights),
        activation,
        out: this.#output(i, out),
      });
      if (!this.#dropped || i === this.#layers.length - 1) return;
      const hidden = this.#output(i, out);
      this.#backend.multiply({ a: hidden, b: this.#drawMask(i, hidden, masks!), out: hidden });
    });
  }

  /** 0 for what is dropped; the rest is scaled so that sums stay as large as without. */
  #drawMask(layer: number, { rows, cols }: Block, masks: RowMasks): Block {
    const mask = this.#hidden('mask', layer, rows);
    const values = new Float32Array(rows * cols);
    for (const { stream, start, end } of masks)
      fillUniform(values.subarray(start * cols, end * cols), stream.child(`${this.#name}/${layer}`), 0, 1);
    const kept = 1 / (1 - this.#dropout);
    this.#backend.write(
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
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const { weight, bias, activation } = this.#layers[i]!;
      const gradient =
        i === this.#layers.length - 1 ? args.gradOut : this.#hidden('grad', i, args.input.rows);
      const input = this.#input(i, args.input);
      const output = this.#output(i, args.out);
      this.#sums.add(bias, gradient.rows, (rows, gradBias) =>
        this.#backend.biasActivationBackward({
          output: rowsOf(output, rows),
          gradient: rowsOf(gradient, rows),
          gradBias,
          activation,
        }),
      );
      this.#sums.add(weight, gradient.rows, (rows, out) =>
        this.#backend.matmul({ a: rowsOf(gradient, rows), transposeA: true, b: rowsOf(input, rows), out }),
      );
      const gradInput = i === 0 ? args.gradInput : this.#hidden('grad', i - 1, args.input.rows);
      if (!gradInput) continue;
      this.#backend.matmul({ a: gradient, b: wholeBlock(weight.weights), out: gradInput });
      if (i === 0 || !this.#dropped) continue;
      const mask = this.#hidden('mask', i - 1, gradInput.rows);
      this.#backend.multiply({ a: gradInput, b: mask, out: gradInput });
    }
  }

  /** Enqueues one optimizer step on the gradients of the last backward. */
  update(settings: StepSettings): void {
    for (const parameter of this.parameters) updateDense(this.#backend, parameter, this.#optimizer, settings);
  }

  dispose(): void {
    this.#activations.dispose();
    for (const parameter of this.parameters) disposeDense(parameter);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #input(layer: number, input: Block): Block {
    return layer === 0 ? input : this.#hidden('out', layer - 1, input.rows);
  }

  #output(layer: number, out: Block): Block {
    return layer === this.#layers.length - 1 ? out : this.#hidden('out', layer, out.rows);
  }

  #hidden(what: 'out' | 'grad' | 'mask', layer: number, rows: number): Block {
    return this.#activations.get(
      `${this.#name}/${what}${layer}`,
      rows,
      this.#layers[layer]!.bias.weights.cols,
    );
  }
}

function createLayer(options: MlpOptions, i: number): Layer {
  const { backend, name, sizes, optimizer, stream } = options;
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
  const shared = { backend, cols: inputs, optimizer };
  const [weight, bias] = makeAll(
    [
      { ...shared, name: `${name}.${i}.weight`, rows: outputs, values: weights },
      { ...shared, name: `${name}.${i}.bias`, rows: 1, cols: outputs, values: biases },
    ],
    denseParameter,
    disposeDense,
  ) as [DenseParameter, DenseParameter];
  return { weight, bias, activation: isLast ? options.lastActivation : 'relu' };
}

/** Bytes that a stack takes in training: weights, gradients, and optimizer state where the rule has it. */
export function mlpBytes(sizes: readonly number[], optimizer: OptimizerConfig): number {
  return 4 * copiesOf(optimizer) * mlpParameters(sizes);
}

/** Numbers in training for each weight outside the tables. */
export function copiesOf({ rule }: OptimizerConfig): number {
  return 2 + stateCols(rule, 1);
}

/** Weights and biases of a stack. */
export function mlpParameters(sizes: readonly number[]): number {
  return sizes.slice(1).reduce((sum, outputs, i) => sum + (sizes[i]! + 1) * outputs, 0);
}
