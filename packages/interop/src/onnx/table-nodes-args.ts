import type { TableConfig, TableSize } from '@ttrec/embeddings';
import type { OnnxGraph, Value } from './onnx-graph.ts';

/** A tensor of a table: a parameter, or integers and scales in place of one. */
export interface TableWeights {
  /** Its name in the table: `weight`, `core1`, `cold.core0`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Int8, or two 4-bit integers a byte (uint8), have a tensor `NAME.scale` with the scale of each row. */
  readonly data: Float32Array | Int8Array | Uint8Array;
}

export interface TableNodesArgs extends TableSize {
  readonly graph: OnnxGraph;
  /** Prefix of the table's weights in the model; shown in errors. */
  readonly name: string;
  readonly config: TableConfig;
  readonly weights: readonly TableWeights[];
  /** Prefix of the names in `weights`, for a table inside another: `cold.`. */
  readonly path: string;
  /** int64 [L]. */
  readonly ids: Value;
  /** Adds the nodes of a table inside this one. */
  readonly nested: (table: Omit<TableNodesArgs, 'nested'>) => Value;
}

/** Stores the weights of that name in the model. @param shape another shape with as many numbers */
export function weightsNamed(
  { graph, name, weights, path }: TableNodesArgs,
  parameter: string,
  shape?: readonly number[],
): Value {
  const own = `${path}${parameter}`;
  const found = weights.find((each) => each.name === own)!;
  return graph.weights(`${name}.${own}`, shape ?? found.shape, found.data);
}
