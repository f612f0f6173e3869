import type { Pooling } from '@ttrec/backend';
import { failingIf } from './input-checks.ts';
import { DOUBLE, FLOAT } from './onnx-message.ts';
import type { OnnxGraph, Value } from './onnx-graph.ts';

interface Bags {
  /** float32 [L, D]. */
  readonly rows: Value;
  /** int64 [B + 1]. */
  readonly offsets: Value;
  readonly embeddingDim: number;
  readonly pooling: Pooling;
}

/**
 * The sum or mean of the rows of each bag, float32 [B, D]; an empty bag is zeros. Each row is added to its own bag and to no other, in
 * float64, so that neither the length of a bag nor a value that is not finite changes what other bags hold. Fails at run time unless
 * the offsets ascend from 0 to L.
 */
export function pooledNodes(graph: OnnxGraph, bags: Bags): Value {
  const { rows, embeddingDim, pooling } = bags;
  const { sizes, bagOfLookup } = bagNodes(graph, bags);
  const zeros = graph.node('Expand', [
    graph.number(Float64Array.of(0)),
    graph.node('Concat', [graph.node('Shape', [sizes]), graph.integers(embeddingDim)], { axis: 0 }),
  ]);
  const indices = graph.node('Expand', [graph.reshape(bagOfLookup, -1, 1), graph.node('Shape', [rows])]);
  const numbers = graph.node('Cast', [rows], { to: DOUBLE });
  const sums = graph.node('ScatterElements', [zeros, indices, numbers], { reduction: 'add' });
  if (pooling === 'sum') return graph.node('Cast', [sums], { to: FLOAT });
  const lengths = graph.node('Cast', [graph.node('Max', [sizes, graph.integer(1)])], { to: DOUBLE });
  return graph.node('Cast', [graph.node('Div', [sums, graph.reshape(lengths, -1, 1)])], { to: FLOAT });
}

/** How many lookups each bag has, int64 [B], and the bag of each lookup, int64 [L]. */
function bagNodes(graph: OnnxGraph, { rows, offsets }: Bags): { sizes: Value; bagOfLookup: Value } {
  const [zero, one, last] = [0, 1, -1].map((at) => graph.integers(at)) as [Value, Value, Value];
  const end = graph.integers(Number.MAX_SAFE_INTEGER);
  const slice = (value: Value, from: Value, to: Value) => graph.node('Slice', [value, from, to, zero]);
  const differs = (a: Value, b: Value) => graph.node('Not', [graph.node('Equal', [a, b])]);
  const sizes = graph.node('Sub', [slice(offsets, one, end), slice(offsets, zero, last)]);
  const lookups = graph.node('Shape', [rows], { end: 1 });
  const faults = [
    graph.node('Less', [graph.node('Shape', [offsets]), one]),
    differs(slice(offsets, zero, one), zero),
    graph.node('Less', [sizes, zero]),
    differs(slice(offsets, last, end), lookups),
  ];
  const checked = failingIf(graph, offsets, faults, 'must ascend from 0 to the number of indices');
  // A lookup's bag is the number of bags after the first that begin at it or before it. An empty bag at the end begins behind them all.
  const begins = slice(checked, one, last);
  const ones = graph.node('Expand', [one, graph.node('Shape', [begins])]);
  const none = graph.node('Expand', [zero, graph.node('Add', [lookups, one])]);
  const begun = graph.node('ScatterElements', [none, begins, ones], { reduction: 'add' });
  return { sizes, bagOfLookup: slice(graph.node('CumSum', [begun, graph.integer(0)]), zero, last) };
}
