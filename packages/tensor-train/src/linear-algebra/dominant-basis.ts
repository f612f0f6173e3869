import { applyFrom, type Basis, type BasisOptions, type Side } from './basis.ts';
import { gramSingular, singularOf, type Spectrum } from './svd/dense-svd.ts';
import { addGramOfColumns, addGramOfRows } from './gram.ts';
import { qr } from './qr.ts';
import { randomisedBasis, type RandomisedFactorisation } from './randomised-basis.ts';

/** How dominant singular vectors are found. */
export type Factorisation = { readonly kind: 'svd' } | { readonly kind: 'gram' } | RandomisedFactorisation;

/** An orthonormal basis of the dominant left or right singular vectors of A [m][n]. */
export function dominantBasis(options: BasisOptions, factorisation: Factorisation): Basis {
  if (factorisation.kind === 'randomised') return randomisedBasis(options, factorisation);
  const { m, n, side, choose, matmul } = options;
  const shorter: Side = m <= n ? 'left' : 'right';
  const { leading, values } =
    factorisation.kind === 'gram' ? gramSpectrum(options) : singularOf(options, m <= n ? 'rows' : 'columns');
  const rank = Math.min(values.length, choose(values, 0));
  const vectors = leading(rank);
  if (side === shorter) return { vectors, rank };
  // A V = U S: QR of its columns, the largest first, gives U even where singular values vanish.
  const image = applyFrom(shorter, options, { x: vectors, count: rank, matmul });
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
