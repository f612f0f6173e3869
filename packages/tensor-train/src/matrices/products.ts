import { product } from '@ttrec/core';
import ndarray, { type NdArray } from 'ndarray';
import { withSafeProducts } from '../algebra/arithmetic.ts';
import { checkArray, checkNumbers, checkOptions, checkTT } from '../check.ts';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import { matmul as plainMatmul, type MatmulOption } from '../linear-algebra/matmul.ts';
import { exponentOf, largestOf, normalise, scaleInPlace } from '../linear-algebra/powers-of-two.ts';
import { balance, inRange } from '../tt/balance.ts';
import { flatten } from '../tt/flat-tt.ts';
import { ttMatrix, type TTMatrix } from '../tt/tt-matrix.ts';
import { matrixOf } from '../tt/unflatten.ts';

/** Largest exponent of a dense operand whose products with a TT in range stay within float64. */
const USUAL_EXPONENT = 100;

/**
 * The transpose, [prod q_k][prod p_k], as views of the same cores. O(d).
 *
 * @throws `tensor-train/bad-tt`
 */
export function transpose<T extends FloatArray>(tt: TTMatrix<T>): TTMatrix<T> {
  checkTT('tt', tt, 'matrix');
  return ttMatrix(tt.cores.map((core) => core.transpose(2, 1, 0, 3)));
}

/**
 * The product of a TT-matrix and a dense vector [prod q_k], as a dense vector [prod p_k]. O(N r + D r^2).
 * Oseledets 2011, §4.3.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/bad-matrix`, `tensor-train/wrong-columns`
 */
export function multiplyVector(tt: TTMatrix, x: FloatArray, options: MatmulOption = {}): Float64Array {
  checkNumbers('x', x);
  return multiplyDense(tt, ndarray(x, [x.length, 1]), options).data;
}

/**
 * The product of a TT-matrix and a dense matrix [prod q_k][c], as a dense matrix [prod p_k][c].
 * O(c sum over k of p_1 … p_k q_k … q_d r_k r_{k+1}).
 *
 * Oseledets 2011, §4.3.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/bad-matrix`, `tensor-train/wrong-columns`
 */
export function multiplyDense(
  tt: TTMatrix,
  x: NdArray<FloatArray>,
  options: MatmulOption = {},
): NdArray<Float64Array> {
  checkTT('tt', tt, 'matrix');
  checkArray('x', x);
  const { matmul = plainMatmul } = checkOptions('multiplyDense', options, ['matmul']);
  const { rowShape, colShape, ranks } = tt.shape;
  const numCols = product(colShape);
  if (x.shape.length !== 2 || x.shape[0] !== numCols) {
    throw error('wrong-columns', {
      subject: 'x',
      rule: `must have as many rows as the TT-matrix has columns, ${numCols}`,
      got: x.shape,
    });
  }
  // The state is [i_1 … i_{k-1}][r_k][j_k … j_d][c]; core k turns each [r_k q_k] into [p_k r_{k+1}].
  let state = contiguous(x);
  const isUsual = !(Math.abs(exponentOf(largestOf(state))) > USUAL_EXPONENT);
  const given = flatten(tt);
  const flat = isUsual ? inRange(given) : balance(given);
  let exponent = flat.exponent;
  let done = 1;
  flat.cores.forEach((core, k) => {
    const [p, q, left, right] = [rowShape[k]!, colShape[k]!, ranks[k]!, ranks[k + 1]!];
    const factor = contiguous(ndarray(core, [left, p, q, right]).transpose(1, 3, 0, 2));
    const [rows, inner] = [p * right, left * q];
    const n = state.length / (done * inner);
    if (flat !== given) exponent += normalise(state);
    const next = new Float64Array(done * rows * n);
    for (let i = 0; i < done; i++) {
      const b = state.subarray(i * inner * n, (i + 1) * inner * n);
      const out = next.subarray(i * rows * n, (i + 1) * rows * n);
      matmul({ a: factor, b, out, m: rows, n, k: inner });
    }
    state = next;
    done *= p;
  });
  scaleInPlace(state, exponent);
  return ndarray(state, [done, x.shape[1]!]);
}

/**
 * The product of two TT-matrices as a TT-matrix; the ranks multiply. The column factors of the first must be the row
 * factors of the second. O(sum over k of p_k s_k q_k (ranks of both, left and right)).
 *
 * Oseledets 2011, §4.3.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/different-factors`
 */
export function multiply(a: TTMatrix, b: TTMatrix, options: MatmulOption = {}): TTMatrix<Float64Array> {
  checkTT('a', a, 'matrix');
  checkTT('b', b, 'matrix');
  const { matmul = plainMatmul } = checkOptions('multiply', options, ['matmul']);
  const [inner, other] = [a.shape.colShape, b.shape.rowShape];
  if (inner.join() !== other.join()) {
    throw error('different-factors', {
      subject: 'multiply',
      rule: `must be given a second matrix whose row factors are the column factors of the first, ${inner.join(' x ')}`,
      got: other.join(' x '),
    });
  }
  const { x, y } = withSafeProducts(flatten(a), flatten(b));
  const modes = a.shape.rowShape.map((p, k) => p * b.shape.colShape[k]!);
  const ranks = x.ranks.map((rank, k) => rank * y.ranks[k]!);
  const cores = x.cores.map((core, k) => {
    const [p, s, q] = [a.shape.rowShape[k]!, inner[k]!, b.shape.colShape[k]!];
    const [aLeft, aRight, bLeft, bRight] = [x.ranks[k]!, x.ranks[k + 1]!, y.ranks[k]!, y.ranks[k + 1]!];
    const left = contiguous(ndarray(core, [aLeft, p, s, aRight]).transpose(0, 1, 3, 2));
    const right = contiguous(ndarray(y.cores[k]!, [bLeft, s, q, bRight]).transpose(1, 0, 2, 3));
    const out = new Float64Array(aLeft * p * aRight * bLeft * q * bRight);
    matmul({ a: left, b: right, out, m: aLeft * p * aRight, n: bLeft * q * bRight, k: s });
    return contiguous(ndarray(out, [aLeft, p, aRight, bLeft, q, bRight]).transpose(0, 3, 1, 4, 2, 5));
  });
  const exponent = x.exponent + y.exponent;
  return matrixOf({ modes, ranks, cores, exponent }, a.shape.rowShape, b.shape.colShape);
}
