import type { Pooling } from '@ttrec/backend';
import { at, matrixOf, zeros, type Matrix } from '../matrix.ts';

/** Bags as people write them: `bags[f][b]` lists the rows that example b reads for feature f. */
export interface BagCase {
  readonly bags: readonly (readonly (readonly number[])[])[];
  readonly pooling: Pooling;
  /** As `bags`: one weight a lookup. */
  readonly weights?: readonly (readonly (readonly number[])[])[];
  readonly columns: readonly number[];
  /** D. */
  readonly dim: number;
}

/** Calls `visit` for every lookup, in order, with the weight that pooling gives it. */
function eachLookup(
  { bags, pooling, weights }: BagCase,
  visit: (lookup: { feature: number; example: number; row: number; weight: number }) => void,
): void {
  bags.forEach((examples, feature) => {
    examples.forEach((rows, example) => {
      rows.forEach((row, i) => {
        const given = weights ? weights[feature]![example]![i]! : 1;
        visit({ feature, example, row, weight: pooling === 'mean' ? given / rows.length : given });
      });
    });
  });
}

/** The D-wide column blocks of all features, side by side: [B, F·D]. */
export function bagForwardOracle(rows: Matrix, bags: BagCase): Matrix {
  const out = zeros(bags.bags[0]!.length, bags.bags.length * bags.dim);
  eachLookup(bags, ({ feature, example, row, weight }) => {
    for (let j = 0; j < bags.dim; j++) {
      out.data[example * out.cols + feature * bags.dim + j]! += weight * at(rows, row, j);
    }
  });
  return out;
}

/** The gradients of the `distinct` rows, from `gradOut` [B, F·D]. */
export function bagBackwardOracle(gradOut: Matrix, bags: BagCase, distinct: readonly number[]): Matrix {
  return matrixOf(distinct.length, bags.dim, (u, j) => {
    let sum = 0;
    eachLookup(bags, ({ feature, example, row, weight }) => {
      if (row === distinct[u]) sum += weight * at(gradOut, example, feature * bags.dim + j);
    });
    return sum;
  });
}
