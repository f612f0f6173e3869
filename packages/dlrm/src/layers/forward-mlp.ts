import { makeAll, wholeBlock, type Activation, type Backend, type Block } from '@ttrec/backend';
import type { RandomStream } from '@ttrec/core';
import { checkOptions, type OptionRules } from '@ttrec/core/options';
import type { OptimizerConfig } from '@ttrec/embeddings';
import type { RowSpan } from '@ttrec/embeddings/model';
import { error } from '../error.ts';
import type { ShardSums } from '../shards/shard-sums.ts';
import { Activations } from './activations.ts';
import { denseParameter, disposeDense, type DenseParameter } from './dense-parameter.ts';

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

export interface LinearLayer {
  /** [out, in], as PyTorch stores it. */
  readonly weight: DenseParameter;
  /** [out] */
  readonly bias: DenseParameter;
  readonly activation: Activation;
}

/** What the parameters of a layer start with. */
export interface LayerValues {
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

/** A stack of linear layers with ReLU between them, as far as it is computed forwards. */
export class ForwardMlp {
  /** @internal */
  readonly layers: readonly LinearLayer[];
  protected readonly backend: Backend;
  protected readonly name: string;
  /** Sets outputs of a hidden layer to 0, in training. */
  protected readonly drop?: (layer: number, hidden: Block, masks: RowMasks | undefined) => void;
  /** @internal */
  protected readonly activations: Activations;

  /** @param valuesOf what layers start with; zeros without it, for those that are loaded */
  constructor(options: MlpOptions, valuesOf?: (options: MlpOptions, layer: number) => LayerValues) {
    checkOptions(error, 'Mlp', options, mlpOptions);
    this.backend = options.backend;
    this.name = options.name;
    this.activations = new Activations(options.backend);
    this.layers = makeAll(
      options.sizes.slice(1),
      (_, i) => createLayer(options, i, valuesOf?.(options, i)),
      ({ weight, bias }) => [weight, bias].forEach(disposeDense),
    );
  }

  get parameters(): readonly DenseParameter[] {
    return this.layers.flatMap(({ weight, bias }) => [weight, bias]);
  }

  /** @param input [B, in] @param out [B, out], written @param masks draws what a step in training drops */
  forward(input: Block, out: Block, masks?: RowMasks): void {
    this.layers.forEach(({ weight, bias, activation }, i) => {
      this.backend.matmul({
        a: this.input(i, input),
        b: wholeBlock(weight.weights),
        transposeB: true,
        bias: wholeBlock(bias.weights),
        activation,
        out: this.output(i, out),
      });
      if (i < this.layers.length - 1) this.drop?.(i, this.output(i, out), masks);
    });
  }

  dispose(): void {
    this.activations.dispose();
    for (const parameter of this.parameters) disposeDense(parameter);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  protected input(layer: number, input: Block): Block {
    return layer === 0 ? input : this.hidden('out', layer - 1, input.rows);
  }

  protected output(layer: number, out: Block): Block {
    return layer === this.layers.length - 1 ? out : this.hidden('out', layer, out.rows);
  }

  protected hidden(what: 'out' | 'grad' | 'mask', layer: number, rows: number): Block {
    return this.activations.get(`${this.name}/${what}${layer}`, rows, this.layers[layer]!.bias.weights.cols);
  }
}

function createLayer(options: MlpOptions, i: number, values?: LayerValues): LinearLayer {
  const { backend, name, sizes, optimizer } = options;
  const [inputs, outputs] = [sizes[i]!, sizes[i + 1]!];
  const shared = { backend, cols: inputs, optimizer };
  const [weight, bias] = makeAll(
    [
      { ...shared, name: `${name}.${i}.weight`, rows: outputs, values: values?.weights },
      { ...shared, name: `${name}.${i}.bias`, rows: 1, cols: outputs, values: values?.biases },
    ],
    denseParameter,
    disposeDense,
  ) as [DenseParameter, DenseParameter];
  return { weight, bias, activation: i === sizes.length - 2 ? options.lastActivation : 'relu' };
}
