import {
  encodeModel,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './onnx-message.ts';

/** The name of a value in the graph: an input, a constant, or what a node computes. */
export type Value = string;

/** Builds the graph of a model, node after node, each after those that it reads. */
export class OnnxGraph {
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #tensors = new Map<string, OnnxTensor>();
  readonly #nodes: OnnxNode[] = [];

  input(value: OnnxValue): Value {
    this.#inputs.push(value);
    return value.name;
  }

  /** Gives a value the name and shape under which it comes out. */
  output(value: Value, as: OnnxValue): void {
    this.#nodes.push({ op: 'Identity', inputs: [value], output: as.name, attributes: {} });
    this.#outputs.push(as);
  }

  /** Numbers under a name of their own: weights. */
  weights(name: string, dims: readonly number[], data: OnnxTensor['data']): Value {
    this.#tensors.set(name, { name, dims, data });
    return name;
  }

  /** Small integers [n], shared by all that need the same. */
  integers(...values: readonly number[]): Value {
    return this.#constant(`integers/${values.join(',')}`, [values.length], values);
  }

  /** One integer, without axes. */
  integer(value: number): Value {
    return this.#constant(`integer/${value}`, [], [value]);
  }

  /** What one node computes of others. */
  node(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): Value {
    const output = `${op}/${this.#nodes.length}`;
    this.#nodes.push({ op, inputs, output, attributes });
    return output;
  }

  reshape(value: Value, ...shape: readonly number[]): Value {
    return this.node('Reshape', [value, this.integers(...shape)]);
  }

  /** The model, encoded. */
  encode(name: string, description: string): Uint8Array {
    return encodeModel({
      name,
      description,
      inputs: this.#inputs,
      outputs: this.#outputs,
      tensors: [...this.#tensors.values()],
      nodes: this.#nodes,
    });
  }

  #constant(name: string, dims: readonly number[], values: readonly number[]): Value {
    if (!this.#tensors.has(name)) {
      this.#tensors.set(name, { name, dims, data: BigInt64Array.from(values, BigInt) });
    }
    return name;
  }
}
