import { product } from '@ttrec/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkArray, checkInteger, checkOptions, checkTT } from '../check.ts';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';
import { gramSingular } from '../linear-algebra/svd/dense-svd.ts';
import { matmul as plainMatmul, type MatmulOption } from '../linear-algebra/matmul.ts';
import { scaleInPlace } from '../linear-algebra/powers-of-two.ts';
import { multiplyDense, transpose } from '../matrices/products.ts';
import { qr } from '../linear-algebra/qr.ts';
import { balance } from '../tt/balance.ts';
import { flatten } from '../tt/flat-tt.ts';
import type { TTMatrix } from '../tt/tt-matrix.ts';
import { matrixOf } from '../tt/unflatten.ts';
import { rowGram } from './row-gram.ts';
import { type Truncation, TRUNCATION_OPTIONS } from './truncation.ts';
import { streamed } from './tt-svd/tt-svd-streamed.ts';
import { type Decomposition, type FactorOptions, FACTOR_OPTIONS } from './tt-svd/tt-svd.ts';
import { scaledEntries } from './unfold.ts';

/** A matrix as the product U V^T. */
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
 * without reconstruction. It comes from the Gram matrix of the shorter side s of the table.
 * O(d s^2 r^2 + s^3 + N D r) and (N + D) r numbers.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/bad-ranks`, `tensor-train/not-finite`
 */
export function toLowRank(tt: TTMatrix, options: MatmulOption & { readonly rank: number }): LowRank {
  checkTT('tt', tt, 'matrix');
  const { rank, matmul = plainMatmul } = checkOptions('toLowRank', options, ['rank', 'matmul']);
  const { rowShape, colShape } = tt.shape;
  const [numRows, numCols] = [product(rowShape), product(colShape)];
  checkInteger('bad-ranks', 'rank', rank, 1, numCols);
  const { exponent, ...flat } = balance(flatten(tt));
  const table = matrixOf({ ...flat, exponent: 0 }, rowShape, colShape);
  const isWide = numRows < numCols;
  const side = Math.min(numRows, numCols);
  const gram = rowGram(isWide ? transpose(table) : table, matmul);
  const { leading: leadingOf, values } = gramSingular(gram.values, side, gram.exponent + 2 * exponent);
  const singularValues = new Float64Array(numCols);
  singularValues.set(values);
  const count = Math.min(rank, side);
  const leading = ndarray(leadingOf(count), [side, count]);
  let v = leading;
  if (isWide) {
    // A^T W = V S for the left singular vectors W; zeros complete V where the rank is larger than N.
    const image = new Float64Array(numCols * rank);
    const { data } = multiplyDense(transpose(table), leading, { matmul });
    data.forEach((value, at) => (image[Math.floor(at / count) * rank + (at % count)] = value));
    v = ndarray(qr(image, numCols, rank).q, [numCols, rank]);
  }
  const u = multiplyDense(table, v, { matmul });
  scaleInPlace(u.data, exponent);
  return { u, v, singularValues };
}

/**
 * TT-SVD of U V^T, block by block, so that the table is never in memory. Accurate to 1e-8 of its norm, or as
 * `fromFloat32Matmul` says. Takes the time of `ttSvdStreamed`, plus O(N D r) for each of its two passes.
 *
 * @param u U, [N][r]
 * @param v V, [D][r]
 * @throws `tensor-train/bad-matrix` (different r), and the errors of `ttSvdStreamed`
 */
export function fromLowRank(
  u: NdArray<FloatArray>,
  v: NdArray<FloatArray>,
  options: Truncation & FactorOptions & MatmulOption,
): Decomposition<TTMatrix<Float64Array>> {
  checkArray('u', u);
  checkArray('v', v);
  checkOptions('fromLowRank', options, [...TRUNCATION_OPTIONS, ...FACTOR_OPTIONS, 'matmul']);
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
  const place = (at: number) => `row ${Math.floor(at / rank)}, column ${at % rank}`;
  const left = scaledEntries(u, (at) => `u, ${place(at)}`);
  const right = scaledEntries(v, (at) => `v, ${place(at)}`);
  const { matmul = plainMatmul } = options;
  const read = (start: number, end: number) => {
    const out = new Float64Array((end - start) * numCols);
    const a = left.values.subarray(start * rank, end * rank);
    matmul({ a, b: right.values, out, m: end - start, n: numCols, k: rank, transposeB: true });
    return out;
  };
  const exponent = left.exponent + right.exponent;
  const { flat, factors, report } = streamed(read, { ...options, numRows, numCols }, exponent);
  return { tt: matrixOf(flat, factors.rowShape, factors.colShape), ...report };
}
