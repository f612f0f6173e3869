import ndarray, { type NdArray } from 'ndarray';
import { multiplyDense } from '../algebra/products.ts';
import { checkInteger, product } from '../check.ts';
import { error } from '../error.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import { gramSingular, leadingColumns } from '../linear-algebra/dense-svd.ts';
import { matmul as plainMatmul, type FloatArray, type Matmul } from '../linear-algebra/matmul.ts';
import type { TTMatrix } from '../trains/tt-matrix.ts';
import { rowGram } from './row-gram.ts';
import { ttSvdStreamed } from './tt-svd-streamed.ts';
import type { Truncation } from './truncation.ts';
import type { Decomposition, FactorOptions } from './tt-svd.ts';

/** A matrix as U V^T. */
export interface LowRank {
  /** U, [N][r]; its columns are orthogonal, their norms the singular values. */
  readonly u: NdArray<Float64Array>;
  /** V, [D][r], with orthonormal columns. */
  readonly v: NdArray<Float64Array>;
  /** All singular values of the table, descending, [D]; those below 1e-8 of the first are rounding. */
  readonly singularValues: Float64Array;
}

/**
 * The best approximation of a TT-matrix [N][D] by a plain product U V^T of rank r: the truncated SVD of the table,
 * found through its [D][D] Gram matrix without reconstruction. O(d D^2 r^2 + D^3 + N D r) and N r numbers.
 *
 * @throws `tensor-train/bad-ranks`
 */
export function toLowRank(
  tt: TTMatrix,
  { rank, matmul = plainMatmul }: { readonly rank: number; readonly matmul?: Matmul },
): LowRank {
  const numCols = product(tt.shape.colShape);
  checkInteger('bad-ranks', 'rank', rank, 1, numCols);
  const { vectors, values } = gramSingular(rowGram(tt, matmul), numCols);
  const v = ndarray(leadingColumns(vectors, numCols, rank), [numCols, rank]);
  return { u: multiplyDense(tt, v, { matmul }), v, singularValues: values };
}

/**
 * A TT-matrix near U V^T, decomposed block by block so that the table is never held. Accurate to 1e-8 of its norm (see
 * `fromFloat32Matmul` for less). What `ttSvdStreamed` takes, and O(N D r) for each of its two passes.
 *
 * @param u U, [N][r]
 * @param v V, [D][r]
 * @throws `tensor-train/bad-matrix` (not of one rank), and what `ttSvdStreamed` throws
 */
export function fromLowRank(
  u: NdArray<FloatArray>,
  v: NdArray<FloatArray>,
  options: Truncation & FactorOptions & { readonly matmul?: Matmul },
): Decomposition<TTMatrix<Float64Array>> {
  if (u.shape.length !== 2 || v.shape.length !== 2 || u.shape[1] !== v.shape[1]) {
    const got = `[${u.shape.join('][')}] and [${v.shape.join('][')}]`;
    throw error('bad-matrix', {
      subject: 'u and v',
      rule: 'must have the dimensions [N][r] and [D][r]',
      got,
    });
  }
  const [numRows, rank] = u.shape as [number, number];
  const numCols = v.shape[0]!;
  const [left, right] = [contiguous(u), contiguous(v)];
  const { matmul = plainMatmul } = options;
  const read = (start: number, end: number) => {
    const out = new Float64Array((end - start) * numCols);
    const a = left.subarray(start * rank, end * rank);
    matmul({ a, b: right, out, m: end - start, n: numCols, k: rank, transposeB: true });
    return out;
  };
  return ttSvdStreamed(read, { ...options, numRows, numCols });
}
