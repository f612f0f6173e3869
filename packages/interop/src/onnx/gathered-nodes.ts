import type { OnnxGraph, Value } from './onnx-graph.ts';
import { FLOAT, INT64 } from './onnx-message.ts';

/** Numbers of a table: a parameter, or what stands for one on the host. */
export interface TableWeights {
  /** Within the table: `weight`, `core1`, `cold.core0`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Integers of 8 bits, or of 4 in bytes (uint8), go with `NAME.scale`, the step of each row. */
  readonly data: Float32Array | Int8Array | Uint8Array;
}

/**
 * Gathers rows of a tensor, float32 [L, …shape]. Rows stored as integers are gathered as integers and then multiplied by the scale
 * of their row.
 *
 * @param store puts a tensor of the table into the model, in another shape of as many numbers if one is given
 * @param rows int64 [L]
 * @param shape its product is the length of a row
 */
export function gatheredNodes(
  graph: OnnxGraph,
  tensor: {
    readonly weights: TableWeights;
    readonly store: (name: string, shape?: readonly number[]) => Value;
  },
  rows: Value,
  shape: readonly number[],
): Value {
  const { weights, store } = tensor;
  const [count] = weights.shape as [number];
  const isPacked = weights.data instanceof Uint8Array;
  const stored = store(weights.name, isPacked ? weights.shape : [count, ...shape]);
  const gathered = graph.node('Gather', [stored, rows], { axis: 0 });
  if (weights.data instanceof Float32Array) return gathered;
  const integers = isPacked ? unpackedNodes(graph, gathered, shape) : gathered;
  const steps = graph.node('Gather', [store(`${weights.name}.scale`), rows], { axis: 0 });
  return graph.node('Mul', [
    graph.node('Cast', [integers], { to: FLOAT }),
    graph.reshape(steps, 0, ...shape.map(() => 1)),
  ]);
}

/** uint8 [L, bytes of a row] to int64 [L, cols]: each byte holds two integers of four bits, -8 to 7, the first in its low half. */
function unpackedNodes(graph: OnnxGraph, packed: Value, [cols]: readonly number[]): Value {
  const bytes = graph.node('Cast', [packed], { to: INT64 });
  const [eight, sixteen] = [graph.integer(8), graph.integer(16)];
  const halves = [graph.node('Mod', [bytes, sixteen]), graph.node('Div', [bytes, sixteen])];
  const last = graph.integers(2);
  const pairs = graph.node(
    'Concat',
    halves.map((half) => graph.node('Unsqueeze', [half, last])),
    { axis: 2 },
  );
  const even = 2 * Math.ceil(cols! / 2);
  const [begin, end, axis] = [graph.integers(0), graph.integers(cols!), graph.integers(1)];
  const unsigned = graph.node('Slice', [graph.reshape(pairs, 0, even), begin, end, axis]);
  // 8 to 15 stand for -8 to -1.
  return graph.node('Sub', [graph.node('Mod', [graph.node('Add', [unsigned, eight]), sixteen]), eight]);
}
