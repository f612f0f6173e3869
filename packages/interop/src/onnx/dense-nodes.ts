import type { OnnxGraph, Value } from './onnx-graph.ts';

/** A linear layer and its activation. */
export interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs]. */
  readonly weight: Float32Array;
  /** [outputs]. */
  readonly bias: Float32Array;
  readonly relu: boolean;
}

/** A stack of layers over [B, inputs]. */
export function mlpNodes(graph: OnnxGraph, input: Value, layers: readonly Layer[]): Value {
  return layers.reduce((value, { name, inputs, outputs, weight, bias, relu }) => {
    const matrix = graph.weights(`${name}.weight`, [outputs, inputs], weight);
    const linear = graph.node('Gemm', [value, matrix, graph.weights(`${name}.bias`, [outputs], bias)], {
      transB: 1,
    });
    return relu ? graph.node('Relu', [linear]) : linear;
  }, input);
}

/** A layer of a cross network: `x ↦ x₀ ∘ (U V x + b) + x`. */
export interface CrossLayer {
  readonly name: string;
  readonly rank: number;
  /** [rank, n] */
  readonly V: Float32Array;
  /** [n, rank] */
  readonly U: Float32Array;
  /** [n] */
  readonly bias: Float32Array;
}

/** A cross network over the vectors [B, D], side by side. */
export function crossNodes(
  graph: OnnxGraph,
  vectors: readonly Value[],
  layers: readonly CrossLayer[],
): Value {
  const first = graph.node('Concat', vectors, { axis: 1 });
  return layers.reduce((x, { name, rank, V, U, bias }) => {
    const width = bias.length;
    const inner = graph.node('Gemm', [x, graph.weights(`${name}.V`, [rank, width], V)], { transB: 1 });
    const weights = [
      graph.weights(`${name}.U`, [width, rank], U),
      graph.weights(`${name}.bias`, [width], bias),
    ];
    const outer = graph.node('Gemm', [inner, ...weights], { transB: 1 });
    return graph.node('Add', [graph.node('Mul', [first, outer]), x]);
  }, first);
}

/**
 * The products of all pairs of vectors [B, D], added up column by column. With `passThrough` the first vector, from the bottom MLP,
 * precedes them.
 */
export function factorizationNodes(graph: OnnxGraph, vectors: readonly Value[], passThrough: boolean): Value {
  const sum = (values: readonly Value[]) => values.reduce((a, b) => graph.node('Add', [a, b]));
  const square = (value: Value) => graph.node('Mul', [value, value]);
  const difference = graph.node('Sub', [square(sum(vectors)), sum(vectors.map(square))]);
  const pairs = graph.node('Mul', [difference, graph.number(Float32Array.of(0.5))]);
  return passThrough ? graph.node('Concat', [vectors[0]!, pairs], { axis: 1 }) : pairs;
}

/**
 * Dot products of all pairs of vectors [B, D]: pairs (i, j) with j < i, or j ≤ i with self-interaction, in row-major order. With
 * `passThrough` the first vector, from the bottom MLP, precedes them.
 */
export function dotNodes(
  graph: OnnxGraph,
  vectors: readonly Value[],
  { selfInteraction, passThrough }: { readonly selfInteraction: boolean; readonly passThrough: boolean },
): Value {
  const count = vectors.length;
  const axis = graph.integers(1);
  const stacked = graph.node(
    'Concat',
    vectors.map((vector) => graph.node('Unsqueeze', [vector, axis])),
    { axis: 1 },
  );
  const transposed = graph.node('Transpose', [stacked], { perm: [0, 2, 1] });
  const products = graph.reshape(graph.node('MatMul', [stacked, transposed]), 0, count * count);
  const pairs: number[] = [];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i + (selfInteraction ? 1 : 0); j++) pairs.push(i * count + j);
  }
  if (pairs.length === 0) return vectors[0]!;
  const chosen = graph.node('Gather', [products, graph.integers(...pairs)], { axis: 1 });
  return passThrough ? graph.node('Concat', [vectors[0]!, chosen], { axis: 1 }) : chosen;
}
