import type { RowOperations } from '@ttrec/embeddings/kind';
import { gatheredNodes, type TableWeights } from './gathered-nodes.ts';
import { hashNodes } from './onnx-hash.ts';
import type { OnnxGraph, Value } from './onnx-graph.ts';

/**
 * Adds nodes for the operations with which kinds of tables describe their rows. Integers are int64, rows float32.
 *
 * @param name goes before the names of the table's weights in the model
 */
export function rowOperations(
  graph: OnnxGraph,
  name: string,
  weights: readonly TableWeights[],
): RowOperations<Value> {
  const find = (tensor: string) => weights.find((each) => each.name === tensor);
  const store = (tensor: string, shape = find(tensor)!.shape) =>
    graph.weights(`${name}.${tensor}`, shape, find(tensor)!.data);
  const all = (op: string) => (values: readonly Value[]) => values.reduce((a, b) => graph.node(op, [a, b]));
  return {
    plus: (integers, addend) => graph.node('Add', [integers, graph.integer(addend)]),
    dividedBy: (integers, divisor) => graph.node('Div', [integers, graph.integer(divisor)]),
    modulo: (integers, divisor) => graph.node('Mod', [integers, graph.integer(divisor)]),
    atLeast: (integers, bound) => graph.node('Max', [integers, graph.integer(bound)]),
    atMost: (integers, bound) => graph.node('Min', [integers, graph.integer(bound)]),
    hash: (integers, word) => hashNodes(graph, integers, word),
    gather: (tensor, integers, shape, bits) =>
      gatheredNodes(
        graph,
        { weights: find(tensor)!, scale: find(`${tensor}.scale`), store, bits },
        integers,
        shape,
      ),
    project: (value, tensor) => graph.node('MatMul', [value, store(tensor)]),
    sum: all('Add'),
    product: all('Mul'),
    scaled: (value, factor) => graph.node('Mul', [value, graph.number(Float32Array.of(factor))]),
    concatenated: (values) => graph.node('Concat', values, { axis: 1 }),
    matmul: (a, b) => graph.node('MatMul', [a, b]),
    // A 0 keeps the number of lookups as it is, none included.
    reshaped: (value, shape) => graph.reshape(value, 0, ...shape),
    choose(integers, bound, { below, others }) {
      const isBelow = graph.node('Less', [integers, graph.integer(bound)]);
      return graph.node('Where', [graph.node('Unsqueeze', [isBelow, graph.integers(1)]), below, others]);
    },
  };
}
