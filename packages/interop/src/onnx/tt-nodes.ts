import { product } from '@ttrec/core';
import { gatheredNodes } from './gathered-nodes.ts';
import type { OnnxGraph, Value } from './onnx-graph.ts';
import type { TableNodesArgs } from './table-nodes-args.ts';

/**
 * Rows of a TT-matrix: row digits, most significant first, and the chain of slices, [L, q_1 … q_k, r_k] times
 * [L, r_k, q_{k+1} r_{k+1}]. The model holds the cores alone.
 */
export function ttNodes(args: TableNodesArgs): Value {
  const { graph, ids, embeddingDim } = args;
  const shapes = coreShapes(args);
  let columns = 1;
  let chain: Value | undefined;
  shapes.forEach(([p, left, q, right], k) => {
    const below = product(shapes.slice(k + 1).map(([rows]) => rows));
    const digit = digitNodes(graph, ids, { below, rows: k === 0 ? undefined : p });
    const slices = gatheredNodes(args, `core${k}`, digit, [left, q * right]);
    columns *= q;
    // A 0 keeps the number of lookups as it is, none included.
    const rows = chain === undefined ? slices : graph.node('MatMul', [chain, slices]);
    chain = graph.reshape(rows, 0, columns, right);
  });
  return graph.reshape(chain!, 0, embeddingDim);
}

/** [p_k, r_k, q_k, r_{k+1}] of each core. */
function coreShapes({ weights, path }: TableNodesArgs): (readonly [number, number, number, number])[] {
  const named = new Map(weights.map(({ name, shape }) => [name, shape]));
  const shapes: (readonly [number, number, number, number])[] = [];
  for (;;) {
    const shape = named.get(`${path}core${shapes.length}`);
    if (shape === undefined) return shapes;
    shapes.push(shape as readonly [number, number, number, number]);
  }
}

/** The digit of a row factor; the first digit needs no modulo. */
function digitNodes(
  graph: OnnxGraph,
  ids: Value,
  { below, rows }: { readonly below: number; readonly rows: number | undefined },
): Value {
  const quotient = below === 1 ? ids : graph.node('Div', [ids, graph.integer(below)]);
  return rows === undefined ? quotient : graph.node('Mod', [quotient, graph.integer(rows)]);
}
