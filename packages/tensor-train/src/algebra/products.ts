import ndarray, { type NdArray } from 'ndarray';
import { product } from '../check.ts';
import { error } from '../error.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import { matmul as plainMatmul, type FloatArray, type Matmul } from '../linear-algebra/matmul.ts';
import { ttMatrix, ttMatrixOf, type TTMatrix } from '../trains/tt-matrix.ts';

interface ProductOptions {
  /** The matrix product to use, plain TypeScript by default. */
  readonly matmul?: Matmul;
}

/**
 * The transpose, [prod q_k][prod p_k]: views of the same cores, no copy. O(d).
 */
export function transpose<T extends FloatArray>(tt: TTMatrix<T>): TTMatrix<T> {
  return ttMatrix(tt.cores.map((core) => core.transpose(2, 1, 0, 3)));
}

/**
 * A TT-matrix times a dense vector, [prod q_k], as a dense vector, [prod p_k]. O(N r + D r^2) and less than N D.
 * Oseledets 2011, §4.3.
 *
 * @throws `tensor-train/wrong-columns`
 */
export function multiplyVector(tt: TTMatrix, x: FloatArray, options: ProductOptions = {}): Float64Array {
  return multiplyDense(tt, ndarray(x, [x.length, 1]), options).data;
}

/**
 * A TT-matrix times a dense matrix [prod q_k][c], as a dense matrix [prod p_k][c], core by core.
 * O(c sum over k of p_1 … p_k q_k … q_d r_k r_{k+1}).
 *
 * Oseledets 2011, §4.3.
 *
 * @throws `tensor-train/wrong-columns`
 */
export function multiplyDense(
  tt: TTMatrix,
  x: NdArray<FloatArray>,
  { matmul = plainMatmul }: ProductOptions = {},
): NdArray<Float64Array> {
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
  let done = 1;
  tt.cores.forEach((core, k) => {
    const factor = contiguous(core.transpose(0, 3, 1, 2));
    const rows = rowShape[k]! * ranks[k + 1]!;
    const inner = ranks[k]! * colShape[k]!;
    const n = state.length / (done * inner);
    const next = new Float64Array(done * rows * n);
    for (let i = 0; i < done; i++) {
      const b = state.subarray(i * inner * n, (i + 1) * inner * n);
      const out = next.subarray(i * rows * n, (i + 1) * rows * n);
      matmul({ a: factor, b, out, m: rows, n, k: inner });
    }
    state = next;
    done *= rowShape[k]!;
  });
  return ndarray(state, [done, x.shape[1]!]);
}

/**
 * The product of two TT-matrices as a TT-matrix; the ranks multiply. The column factors of the first must be the row
 * factors of the second. O(sum over k of p_k s_k q_k (ranks of both, left and right)).
 *
 * Oseledets 2011, §4.3.
 *
 * @throws `tensor-train/different-factors`
 */
export function multiply(
  a: TTMatrix,
  b: TTMatrix,
  { matmul = plainMatmul }: ProductOptions = {},
): TTMatrix<Float64Array> {
  const [inner, other] = [a.shape.colShape, b.shape.rowShape];
  if (inner.join() !== other.join()) {
    throw error('different-factors', {
      subject: 'multiply',
      rule: `must be given a second matrix whose row factors are the column factors of the first, ${inner.join(' x ')}`,
      got: other.join(' x '),
    });
  }
  const ranks = a.shape.ranks.map((rank, k) => rank * b.shape.ranks[k]!);
  const cores = a.cores.map((core, k) => {
    const [p, aLeft, s, aRight] = core.shape as [number, number, number, number];
    const [, bLeft, q, bRight] = b.cores[k]!.shape as [number, number, number, number];
    const left = contiguous(core.transpose(0, 1, 3, 2));
    const right = contiguous(b.cores[k]!);
    const out = new Float64Array(p * aLeft * aRight * bLeft * q * bRight);
    matmul({ a: left, b: right, out, m: p * aLeft * aRight, n: bLeft * q * bRight, k: s });
    return contiguous(ndarray(out, [p, aLeft, aRight, bLeft, q, bRight]).transpose(0, 1, 3, 4, 2, 5));
  });
  return ttMatrixOf({ rowShape: a.shape.rowShape, colShape: b.shape.colShape, ranks }, cores);
}
