import type { FloatArray } from '../float-array.ts';
import type { Dense, Matmul } from './matmul.ts';

/**
 * Chooses how many singular vectors to keep. More than there are values means that the error needs more of them.
 *
 * @param values the known singular values, descending
 * @param beyond the sum of the squares of the unknown ones
 */
export type ChooseRank = (values: Float64Array, beyond: number) => number;

/** Left singular vectors have length m, right ones length n. */
export type Side = 'left' | 'right';

export interface BasisOptions extends Dense {
  readonly side: Side;
  readonly choose: ChooseRank;
  /** The rank that `choose` will return, or a first guess if an error decides. */
  readonly expectedRank: number;
  readonly matmul: Matmul;
}

export interface Basis {
  /** Orthonormal columns, [m][rank] or [n][rank]. */
  readonly vectors: Float64Array;
  readonly rank: number;
}

/** Vectors of one side of A, [m][count] on the left or [n][count] on the right. */
export interface Vectors {
  readonly x: FloatArray;
  readonly count: number;
  readonly matmul: Matmul;
}

/** A^T X [n][count] from the left, A X [m][count] from the right. */
export function applyFrom(side: Side, { a, m, n }: Dense, { x, count, matmul }: Vectors): Float64Array {
  const left = side === 'left';
  const out = new Float64Array((left ? n : m) * count);
  matmul({ a, b: x, out, m: left ? n : m, n: count, k: left ? m : n, transposeA: left });
  return out;
}
