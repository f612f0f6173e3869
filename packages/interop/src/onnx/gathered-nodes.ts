import type { OnnxGraph, Value } from './onnx-graph.ts';
import { FLOAT, INT64 } from './onnx-message.ts';
import { weightsNamed, type TableNodesArgs } from './table-nodes-args.ts';

/**
 * Gathers rows of a parameter, float32 [L, …rowShape]. Rows stored as integers are gathered as integers and then multiplied by the scale
 * of their row.
 *
 * @param rows int64 [L]
 * @param rowShape its product is the length of a row
 */
export function gatheredNodes(
  args: TableNodesArgs,
  parameter: string,
  rows: Value,
  rowShape: readonly number[],
): Value {
  const { graph, weights, path } = args;
  const own = weights.find(({ name }) => name === path + parameter)!;
  const [count] = own.shape as [number];
  const isPacked = own.data instanceof Uint8Array;
  const stored = weightsNamed(args, parameter, isPacked ? own.shape : [count, ...rowShape]);
  const gathered = graph.node('Gather', [stored, rows], { axis: 0 });
  if (own.data instanceof Float32Array) return gathered;
  const integers = isPacked ? unpackedNodes(graph, gathered, rowShape) : gathered;
  const steps = graph.node('Gather', [weightsNamed(args, `${parameter}.scale`), rows], { axis: 0 });
  return graph.node('Mul', [
    graph.node('Cast', [integers], { to: FLOAT }),
    graph.reshape(steps, 0, ...rowShape.map(() => 1)),
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
