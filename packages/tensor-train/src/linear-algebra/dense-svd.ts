import { EVD, Matrix, SVD } from 'ml-matrix';
import type { Dense } from './matmul.ts';
import { normalise, rootOf } from './powers-of-two.ts';
import { transposed, triangularFactor } from './qr.ts';

/** Singular vectors of one side and singular values, the largest first. */
export interface Spectrum {
  /** Orthonormal columns, [n][n]. */
  readonly vectors: Float64Array;
  /** [n], descending, none negative. */
  readonly values: Float64Array;
}

/**
 * The left singular vectors and the singular values of A, [n][n], by Golub and Reinsch's SVD (ml-matrix).
 * O(n^3).
 */
function leftSingular(a: Float64Array, n: number): Spectrum {
  const svd = new SVD(Matrix.from1DArray(n, n, a), { computeRightSingularVectors: false });
  return {
    vectors: Float64Array.from(svd.leftSingularVectors.to1DArray()),
    values: Float64Array.from(svd.diagonal),
  };
}

/**
 * The singular vectors of length m ('rows') or n ('columns') of A [m][n] and the singular values, from the SVD of a
 * triangular factor. Exact to rounding, including small singular values. The side must not be the longer one. O(m n
 * min(m, n)).
 */
export function singularOf(dense: Dense, side: 'rows' | 'columns'): Spectrum {
  const s = side === 'rows' ? dense.m : dense.n;
  // R = U S V^T, and V, the left singular vectors of R^T, are those of A on that side.
  return leftSingular(transposed(triangularFactor(dense, side), s, s), s);
}

/**
 * The eigenvectors of a Gram matrix G = A^T A, [n][n], and the singular values of A, which are the roots of its
 * eigenvalues. Rounding in G (1e-16 of the largest eigenvalue in float64, 1e-7 with a float32 matmul) hides singular
 * values below its root (1e-8, 3e-4). Negative eigenvalues come from this rounding only, so the most negative one
 * measures it: no singular value is returned as smaller than its root, and what is hidden is not taken for zero.
 * O(n^3).
 *
 * @param exponent the Gram matrix is 2^exponent times G
 */
export function gramSingular(gram: Float64Array, n: number, exponent = 0): Spectrum {
  const scaled = gram.slice();
  const taken = normalise(scaled);
  const evd = new EVD(Matrix.from1DArray(n, n, scaled), { assumeSymmetric: true });
  const eigenvalues = evd.realEigenvalues;
  const ascending = evd.eigenvectorMatrix.to1DArray();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) vectors[i * n + j] = ascending[i * n + n - 1 - j]!;
  const rounding = Math.max(0, -eigenvalues[0]!);
  const values = Float64Array.from({ length: n }, (_, j) =>
    rootOf(Math.max(rounding, eigenvalues[n - 1 - j]!), taken + exponent),
  );
  return { vectors, values };
}

/** The first `count` columns of a row-major matrix with `n` columns, [rows][count]. */
export function leadingColumns(matrix: Float64Array, n: number, count: number): Float64Array {
  if (count === n) return matrix;
  const rows = matrix.length / n;
  const out = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) out.set(matrix.subarray(i * n, i * n + count), i * count);
  return out;
}
