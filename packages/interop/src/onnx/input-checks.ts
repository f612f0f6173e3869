import { INT64 } from './onnx-message.ts';
import type { OnnxGraph, Value } from './onnx-graph.ts';

/**
 * The ids of a feature, int64 [L], from a node that fails at run time unless all of them are from 0 to `numEmbeddings - 1`.
 * `Gather` alone does not: it counts a negative index from the end, and some runtimes clamp one past the end.
 */
export function checkedIds(graph: OnnxGraph, ids: Value, numEmbeddings: number): Value {
  const below = graph.node('Less', [ids, graph.integer(0)]);
  const above = graph.node('GreaterOrEqual', [ids, graph.integer(numEmbeddings)]);
  return failingIf(graph, ids, [below, above], `out of data bounds, must be from 0 to ${numEmbeddings - 1}`);
}

/**
 * `value` [n], reshaped to n + (how many of `faults` are true) values. ONNX has no assertion. This reshape is impossible in every
 * runtime once a fault is true, and what reads the value depends on it. Runtimes report the name of the node that failed: the rule.
 * @param faults booleans, each [any length]
 */
export function failingIf(graph: OnnxGraph, value: Value, faults: readonly Value[], rule: string): Value {
  const all = graph.node('Cast', [graph.node('Concat', faults, { axis: 0 })], { to: INT64 });
  const count = graph.node('ReduceSum', [all], { keepdims: 1 });
  const size = graph.node('Add', [graph.node('Shape', [value]), count]);
  return graph.node('Reshape', [value, size], {}, `${value} ${rule}`);
}
