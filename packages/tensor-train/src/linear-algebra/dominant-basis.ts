import { gramSingular, leadingColumns, singularOf, type Spectrum } from './dense-svd.ts';
import { addGramOfColumns, addGramOfRows } from './gram.ts';
import type { Dense, FloatArray, Matmul } from './matmul.ts';
import { qr } from './qr.ts';
import { randomisedBasis, type RandomisedFactorisation } from './randomised-basis.ts';

/** How the dominant singular vectors of an unfolding are found. */
export type Factorisation = { readonly kind: 'svd' } | { readonly kind: 'gram' } | RandomisedFactorisation;

/**
 * Chooses how many singular vectors to keep; more than there are values says that the error asked for needs more.
 *
 * @param values the singular values that are known, descending
 * @param beyond the sum of the squares of those that are not
 */
export type ChooseRank = (values: Float64Array, beyond: number) => number;

/** A side of a matrix: its left singular vectors span the columns, [m], its right ones the rows, [n]. */
export type Side = 'left' | 'right';

export interface BasisOptions extends Dense {
  readonly side: Side;
  readonly choose: ChooseRank;
  /** The rank that `choose` is expected to ask for; where an error decides, a first guess. */
  readonly expectedRank: number;
  readonly matmul: Matmul;
}

export interface Basis {
  /** Orthonormal columns, [m][rank] or [n][rank]. */
  readonly vectors: Float64Array;
  readonly rank: number;
}

/** An orthonormal basis of the dominant left or right singular vectors of A [m][n]. */
export function dominantBasis(options: BasisOptions, factorisation: Factorisation): Basis {
  if (factorisation.kind === 'randomised') return randomisedBasis(options, factorisation);
  const { m, n, side, choose, matmul } = options;
  const shorter: Side = m <= n ? 'left' : 'right';
  const { vectors, values } =
    factorisation.kind === 'gram' ? gramSpectrum(options) : singularOf(options, m <= n ? 'rows' : 'columns');
  const rank = Math.min(values.length, choose(values, 0));
  const leading = leadingColumns(vectors, values.length, rank);
  if (side === shorter) return { vectors: leading, rank };
  // A V = U S: orthogonalising its columns from the largest on gives U, also where singular values vanish.
  const image = applyFrom(shorter, options, { x: leading, count: rank, matmul });
  return { vectors: qr(image, Math.max(m, n), rank).q, rank };
}

function gramSpectrum(dense: BasisOptions): Spectrum {
  const { m, n, matmul } = dense;
  const length = Math.min(m, n);
  const gram = new Float64Array(length * length);
  if (m <= n) addGramOfRows(dense, gram, matmul);
  else addGramOfColumns(dense, gram, matmul);
  return gramSingular(gram, length);
}

/** Vectors of one side of A, [m][count] on the left or [n][count] on the right. */
export interface Vectors {
  readonly x: FloatArray;
  readonly count: number;
  readonly matmul: Matmul;
}

/** Takes vectors to the other side: A^T X [n][count] from the left, A X [m][count] from the right. */
export function applyFrom(side: Side, { a, m, n }: Dense, { x, count, matmul }: Vectors): Float64Array {
  const left = side === 'left';
  const out = new Float64Array((left ? n : m) * count);
  matmul({ a, b: x, out, m: left ? n : m, n: count, k: left ? m : n, transposeA: left });
  return out;
}
