import type { OnnxGraph, Value } from './onnx-graph.ts';

/** ONNX's number for float64 and float32. */
const DOUBLE = 11;
const FLOAT = 1;

interface Bags {
  /** [L, D]. */
  readonly rows: Value;
  /** int64 [B + 1]. */
  readonly offsets: Value;
  readonly embeddingDim: number;
}

/**
 * Adds up the rows of each bag, [B, D]: the running sums of all rows, taken at the offsets, and the differences of these. Sums run
 * in float64, where a difference loses nothing that float32 would keep; nothing is scattered, so that the same bags give
 * the same bits, and an empty bag is exactly zero.
 */
export function sumNodes(graph: OnnxGraph, { rows, offsets, embeddingDim }: Bags): Value {
  const nothing = graph.weights(`zeros/${embeddingDim}`, [1, embeddingDim], new Float32Array(embeddingDim));
  const above = graph.node('Concat', [nothing, rows], { axis: 0 });
  const sums = graph.node('CumSum', [graph.node('Cast', [above], { to: DOUBLE }), graph.integer(0)]);
  const ends = graph.node('Gather', [sums, offsets], { axis: 0 });
  return graph.node('Cast', [differences(graph, ends)], { to: FLOAT });
}

/** Divides the sums by the lookups of each bag; an empty bag stays zero. */
export function meanNodes(graph: OnnxGraph, bags: Bags): Value {
  const counts = graph.node('Cast', [differences(graph, bags.offsets)], { to: FLOAT });
  const one = graph.weights('one', [1], Float32Array.of(1));
  const divisors = graph.reshape(graph.node('Max', [counts, one]), -1, 1);
  return graph.node('Div', [sumNodes(graph, bags), divisors]);
}

/** Of neighbours along the first axis: one fewer. */
function differences(graph: OnnxGraph, values: Value): Value {
  const [start, second, last, end] = [0, 1, -1, Number.MAX_SAFE_INTEGER].map((at) => graph.integers(at));
  const later = graph.node('Slice', [values, second!, end!, start!]);
  const earlier = graph.node('Slice', [values, start!, last!, start!]);
  return graph.node('Sub', [later, earlier]);
}
