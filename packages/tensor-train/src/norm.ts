import { contiguous } from './contiguous.ts';
import { matmul as plainMatmul, type Matmul } from './matmul.ts';
import type { TTMatrix } from './tt-matrix.ts';
import type { TTShape } from './tt-shape.ts';

/**
 * The Frobenius norm of the whole table (padded rows included), in float64 and without reconstruction.
 * O(sum over k of p_k q_k r_k r_{k+1} (r_k + r_{k+1})).
 */
export function frobeniusNorm(tt: TTMatrix, { matmul = plainMatmul }: { matmul?: Matmul } = {}): number {
  return Math.sqrt(squaredNorm(tt.shape, tt.cores.map(contiguous), matmul));
}

/**
 * The sum of the squares of all entries, from the chain of Gram matrices: G_{k+1} = sum over (i, j) of
 * C[i,:,j,:]^T G_k C[i,:,j,:]. Oseledets 2011, §4.2.
 *
 * @param cores row-major, core k `[p_k][r_k][q_k][r_{k+1}]`
 */
export function squaredNorm(
  shape: TTShape,
  cores: readonly Float64Array[],
  matmul: Matmul = plainMatmul,
): number {
  let gram: Float64Array = Float64Array.of(1);
  cores.forEach((core, k) => {
    const left = shape.ranks[k]!;
    const right = shape.ranks[k + 1]!;
    const n = shape.colShape[k]! * right;
    const slice = left * n;
    const weighted = new Float64Array(core.length);
    for (let at = 0; at < core.length; at += slice) {
      const [b, out] = [core.subarray(at, at + slice), weighted.subarray(at, at + slice)];
      matmul({ a: gram, b, out, m: left, n, k: left });
    }
    gram = new Float64Array(right * right);
    matmul({ a: core, b: weighted, out: gram, m: right, n: right, k: core.length / right, transposeA: true });
  });
  return Math.max(0, gram[0]!);
}
