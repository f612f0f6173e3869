import {
  encodeModel,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './onnx-message.ts';

/** The name of a value in the graph: an input, a constant, or what a node computes. */
export type Value = string;

/** Builds the graph of a model. Nodes are added after the nodes that they read. */
export class OnnxGraph {
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #tensors = new Map<string, OnnxTensor>();
  readonly #nodes: OnnxNode[] = [];
  /** Outputs of nodes by what these compute. */
  readonly #computed = new Map<string, Value>();

  /** Adds an input, unless there is one of that name. */
  input(value: OnnxValue): Value {
    if (!this.#inputs.some(({ name }) => name === value.name)) this.#inputs.push(value);
    return value.name;
  }

  /** Makes a value an output of the model. */
  output(value: Value, as: OnnxValue): void {
    this.#nodes.push({ name: undefined, op: 'Identity', inputs: [value], output: as.name, attributes: {} });
    this.#outputs.push(as);
  }

  /** Stores weights under a name. */
  weights(name: string, dims: readonly number[], data: OnnxTensor['data']): Value {
    this.#tensors.set(name, { name, dims, data });
    return name;
  }

  /** A constant of integers [n]. */
  integers(...values: readonly number[]): Value {
    return this.#constant(`[${values.join(',')}]`, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A scalar constant. */
  integer(value: number): Value {
    return this.#constant(`${value}`, [], BigInt64Array.of(BigInt(value)));
  }

  /** A constant of one number [1]. */
  number(value: Float32Array | Float64Array): Value {
    return this.#constant(`${value.BYTES_PER_ELEMENT}/${value[0]!}`, [1], value);
  }

  /**
   * Returns the output of a node, which is added unless there is one like it.
   * @param name what a runtime calls the node when it fails; of nodes with the same name, the first one has it
   */
  node(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    name?: string,
  ): Value {
    const key = JSON.stringify([op, inputs, attributes]);
    const output = this.#computed.get(key) ?? `v${this.#nodes.length}`;
    if (!this.#computed.has(key)) {
      const isTaken = this.#nodes.some((node) => node.name === name);
      this.#nodes.push({ name: isTaken ? undefined : name, op, inputs, output, attributes });
    }
    this.#computed.set(key, output);
    return output;
  }

  reshape(value: Value, ...shape: readonly number[]): Value {
    return this.node('Reshape', [value, this.integers(...shape)]);
  }

  /** Encodes the model as an ONNX file. */
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

  #constant(name: string, dims: readonly number[], data: OnnxTensor['data']): Value {
    if (!this.#tensors.has(name)) this.#tensors.set(name, { name, dims, data });
    return name;
  }
}
