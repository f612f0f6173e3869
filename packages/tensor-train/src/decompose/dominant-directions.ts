import { checkInteger } from '../check.ts';
import { gramSingular, leadingColumns } from '../linear-algebra/dense-svd.ts';

/**
 * The leading right singular vectors of a matrix A, from its Gram matrix AᵀA, which can be summed block by block or
 * with weights: the directions in which its rows extend most. O(n^3).
 *
 * @param gram [n][n]
 * @returns orthonormal columns, [n][count], the largest singular value first
 * @throws `tensor-train/bad-ranks`
 */
export function dominantDirections(gram: Float64Array, n: number, count: number): Float64Array {
  checkInteger('bad-ranks', 'count', count, 1, n);
  return leadingColumns(gramSingular(gram, n).vectors, n, count);
}
