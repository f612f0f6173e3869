import ndarray from 'ndarray';
import { contiguous } from '../linear-algebra/contiguous.ts';
import type { Matmul } from '../linear-algebra/matmul.ts';
import { normalise, type Scaled } from '../linear-algebra/powers-of-two.ts';
import type { TTMatrix } from '../tt/tt-matrix.ts';

/**
 * The Gram matrix A^T A [D][D] of a TT-matrix A [N][D], without reconstruction. The state after core k is the Gram
 * matrix of the chain so far, [j j'][r][r'], over the column digits j and j' of both factors; rows are summed on the
 * way. O(sum over k of (q_1 … q_k)^2 p_k r_k r_{k+1} (r_k + q_k r_{k+1})).
 */
export function rowGram({ shape, cores }: TTMatrix, matmul: Matmul): Scaled {
  let gram: Float64Array = Float64Array.of(1);
  let columns = 1;
  let exponent = 0;
  cores.forEach((array, k) => {
    const core = contiguous(array);
    const [p, left, q, right] = [
      shape.rowShape[k]!,
      shape.ranks[k]!,
      shape.colShape[k]!,
      shape.ranks[k + 1]!,
    ];
    const n = q * right;
    const pairs = columns * columns;
    const next = new Float64Array(pairs * n * n);
    const carried = new Float64Array(p * left * n);
    for (let pair = 0; pair < pairs; pair++) {
      const block = gram.subarray(pair * left * left, (pair + 1) * left * left);
      for (let i = 0; i < p; i++) {
        const at = i * left * n;
        const [b, out] = [core.subarray(at, at + left * n), carried.subarray(at, at + left * n)];
        matmul({ a: block, b, out, m: left, n, k: left });
      }
      const out = next.subarray(pair * n * n, (pair + 1) * n * n);
      matmul({ a: core, b: carried, out, m: n, n, k: p * left, transposeA: true });
    }
    // [j][j'][q r][q' r'] to [j q][j' q'][r][r'].
    const grown = ndarray(next, [columns, columns, q, right, q, right]).transpose(0, 2, 1, 4, 3, 5);
    gram = contiguous(grown);
    columns *= q;
    exponent += normalise(gram);
  });
  return { values: gram, exponent };
}
