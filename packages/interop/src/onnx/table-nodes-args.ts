import type { TableConfig, TableSize } from '@ttrec/embeddings';
import type { OnnxGraph, Value } from './onnx-graph.ts';

/** Numbers of a table: a parameter, read from the backend, or what stands for one on the host. */
export interface TableWeights {
  /** Within the table: `weight`, `core1`, `cold.core0`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Integers of 8 bits, or of 4 in bytes (uint8), go with `NAME.scale`, the step of each row. */
  readonly data: Float32Array | Int8Array | Uint8Array;
}

export interface TableNodesArgs extends TableSize {
  readonly graph: OnnxGraph;
  /** Names the table's weights in the model, and in errors. */
  readonly name: string;
  readonly config: TableConfig;
  readonly weights: readonly TableWeights[];
  /** What the names of the weights begin with, for a table inside another: `cold.`. */
  readonly path: string;
  /** int64 [L]. */
  readonly ids: Value;
  /** Adds the rows of a table inside this one. */
  readonly nested: (table: Omit<TableNodesArgs, 'nested'>) => Value;
}

/** Puts the weights of that name into the model, in another shape of as many numbers if one is given. */
export function weightsNamed(
  { graph, name, weights, path }: TableNodesArgs,
  parameter: string,
  shape?: readonly number[],
): Value {
  const own = `${path}${parameter}`;
  const found = weights.find((each) => each.name === own)!;
  return graph.weights(`${name}.${own}`, shape ?? found.shape, found.data);
}
