import type { RowGraph } from '../../table/kind/row-graph.ts';
import type { TTConfig } from './tt-config.ts';
import { shapeOf, sliceShapes } from './tt-shape.ts';

/**
 * Rows of a TT-matrix: row digits, most significant first, and the chain of slices, [L, q_1 … q_k, r_k] times
 * [L, r_k, q_{k+1} r_{k+1}].
 */
export function ttRows<Value>(config: TTConfig, graph: RowGraph<Value>): Value {
  const shapes = sliceShapes(shapeOf(config, graph)) as [number, number, number, number][];
  let columns = 1;
  let chain: Value | undefined;
  shapes.forEach(([p, left, q, right], k) => {
    const below = shapes.slice(k + 1).reduce((product, [rows]) => product * rows, 1);
    const quotient = below === 1 ? graph.ids : graph.dividedBy(graph.ids, below);
    // The first digit needs no modulo.
    const digit = k === 0 ? quotient : graph.modulo(quotient, p);
    const slices = graph.gather(`core${k}`, digit, [left, q * right]);
    columns *= q;
    chain = graph.reshaped(chain === undefined ? slices : graph.matmul(chain, slices), [columns, right]);
  });
  return graph.reshaped(chain!, [graph.embeddingDim]);
}
