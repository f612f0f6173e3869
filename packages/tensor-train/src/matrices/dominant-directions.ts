import { checkInteger, checkNumbers } from '../check.ts';
import { throwNotFinite } from '../decompose/unfold.ts';
import { error } from '../error.ts';
import { gramSingular } from '../linear-algebra/svd/dense-svd.ts';

/**
 * The leading right singular vectors of a matrix A, from its Gram matrix AᵀA, which the caller may sum block by block
 * or with weights. O(n^3).
 *
 * @param gram [n][n]
 * @returns orthonormal columns, [n][count], the largest singular value first
 * @throws `tensor-train/bad-ranks`, `tensor-train/bad-matrix`, `tensor-train/not-finite`
 */
export function dominantDirections(gram: Float64Array, n: number, count: number): Float64Array {
  checkInteger('bad-ranks', 'n', n);
  checkInteger('bad-ranks', 'count', count, 1, n);
  checkNumbers('gram', gram);
  if (gram.length !== n * n)
    throw error('bad-matrix', { subject: 'gram', rule: `must hold ${n} x ${n} numbers`, got: gram.length });
  const bad = gram.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throwNotFinite(`gram[${bad}]`, gram[bad]!);
  return gramSingular(gram, n).leading(count);
}
