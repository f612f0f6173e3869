import { EVD, Matrix, SVD } from 'ml-matrix';
import { leadingVectors } from './inverse-iteration.ts';
import type { Dense } from '../matmul.ts';
import { normalise, rootOf } from '../powers-of-two.ts';
import { transposed, triangularFactor } from '../qr.ts';
import { eigenvaluesOf, tridiagonalise, turnBack } from './tridiagonal.ts';

/** Singular vectors of one side and singular values, the largest first. */
export interface Spectrum {
  /** Orthonormal columns, [n][count], of the `count` largest values. */
  readonly leading: (count: number) => Float64Array;
  /** [n], descending, none negative. */
  readonly values: Float64Array;
}

/**
 * The left singular vectors and the singular values of A, [n][n], by Golub and Reinsch's SVD (ml-matrix).
 * O(n^3).
 */
function leftSingular(a: Float64Array, n: number): Spectrum {
  const svd = new SVD(Matrix.from1DArray(n, n, a), { computeRightSingularVectors: false });
  const vectors = Float64Array.from(svd.leftSingularVectors.to1DArray());
  return { leading: (count) => leadingColumns(vectors, n, count), values: Float64Array.from(svd.diagonal) };
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
 * O(n^3), and a fifth of the time if few of the vectors are asked for.
 *
 * @param exponent the Gram matrix is 2^exponent times G
 */
export function gramSingular(gram: Float64Array, n: number, exponent = 0): Spectrum {
  const scaled = gram.slice();
  const taken = normalise(scaled);
  const { eigenvalues, leading } = (n >= PARTIAL ? partly(scaled, n) : undefined) ?? wholly(scaled, n);
  const rounding = Math.max(0, -eigenvalues[n - 1]!);
  const values = eigenvalues.map((value) => rootOf(Math.max(rounding, value), taken + exponent));
  return { leading, values };
}

interface Eigen {
  /** [n], descending. */
  readonly eigenvalues: Float64Array;
  readonly leading: Spectrum['leading'];
}

/** Below, everything takes less than a millisecond. */
const PARTIAL = 64;

/** All eigenvectors, by ml-matrix. */
function wholly(symmetric: Float64Array, n: number): Eigen {
  const evd = new EVD(Matrix.from1DArray(n, n, symmetric), { assumeSymmetric: true });
  const ascending = evd.eigenvectorMatrix.to1DArray();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) vectors[i * n + j] = ascending[i * n + n - 1 - j]!;
  return {
    eigenvalues: Float64Array.from(evd.realEigenvalues).reverse(),
    leading: (count) => leadingColumns(vectors, n, count),
  };
}

/** All eigenvalues, and vectors when their number is known: at most a quarter by inverse iteration, else all. */
function partly(symmetric: Float64Array, n: number): Eigen | undefined {
  const tridiagonal = tridiagonalise(symmetric.slice(), n);
  const eigenvalues = eigenvaluesOf(tridiagonal);
  if (eigenvalues === undefined) return undefined;
  const leading = (count: number) => {
    const rows = 4 * count <= n ? leadingVectors(tridiagonal, eigenvalues, count) : undefined;
    if (rows === undefined) return wholly(symmetric, n).leading(count);
    turnBack(tridiagonal, rows, n);
    return transposed(rows, count, n);
  };
  return { eigenvalues, leading };
}

/** The first `count` columns of a row-major matrix with `n` columns, [rows][count]. */
function leadingColumns(matrix: Float64Array, n: number, count: number): Float64Array {
  if (count === n) return matrix;
  const rows = matrix.length / n;
  const out = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) out.set(matrix.subarray(i * n, i * n + count), i * count);
  return out;
}
