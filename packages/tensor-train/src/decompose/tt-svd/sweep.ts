import type { FloatArray } from '../../float-array.ts';
import { dominantBasis, type Factorisation } from '../../linear-algebra/dominant-basis.ts';
import type { Matmul } from '../../linear-algebra/matmul.ts';
import { transposed } from '../../linear-algebra/qr.ts';
import type { FlatTT } from '../../tt/flat-tt.ts';
import type { TruncationPlan } from '../truncation.ts';

export interface Sweep {
  /** The full tensor, near 1, row-major: [n_1] … [n_d] and, from right to left, the last rank. */
  readonly a: FloatArray;
  /** The tensor is 2^exponent times `a`. */
  readonly exponent: number;
  /** n_k, [d]. */
  readonly modes: readonly number[];
  readonly plan: TruncationPlan;
  readonly factorisation: Factorisation;
  readonly matmul: Matmul;
}

/**
 * TT-SVD: each step takes the dominant left singular vectors of the rest, [r_k n_k][rest], as core k, and continues
 * with the projection onto them. All cores but the last are left-orthogonal. Oseledets 2011, algorithm 1.
 */
export function sweepLeftToRight({ a, exponent, modes, plan, factorisation, matmul }: Sweep): FlatTT {
  const ranks = [1];
  const cores: Float64Array[] = [];
  let rest = a;
  for (let k = 0; k < modes.length - 1; k++) {
    const m = ranks[k]! * modes[k]!;
    const n = rest.length / m;
    const place = k + 1;
    const { vectors, rank } = dominantBasis(
      {
        a: rest,
        m,
        n,
        side: 'left',
        choose: plan.chooser(place),
        expectedRank: plan.expectedRank(place),
        matmul,
      },
      factorisation,
    );
    const projected = new Float64Array(rank * n);
    matmul({ a: vectors, b: rest, out: projected, m: rank, n, k: m, transposeA: true });
    cores.push(vectors);
    ranks.push(rank);
    rest = projected;
  }
  return { modes, ranks: [...ranks, 1], cores: [...cores, new Float64Array(rest)], exponent };
}

/**
 * TT-SVD from the other end, with the dominant right singular vectors of [rest][n_k r_{k+1}]. All cores but the first
 * are right-orthogonal.
 *
 * @param lastRank the right rank of the last core
 */
export function sweepRightToLeft(
  { a, exponent, modes, plan, factorisation, matmul }: Sweep,
  lastRank = 1,
): FlatTT {
  const ranks = [lastRank];
  const cores: Float64Array[] = [];
  let rest = a;
  for (let k = modes.length - 1; k > 0; k--) {
    const n = modes[k]! * ranks[0]!;
    const m = rest.length / n;
    const { vectors, rank } = dominantBasis(
      { a: rest, m, n, side: 'right', choose: plan.chooser(k), expectedRank: plan.expectedRank(k), matmul },
      factorisation,
    );
    const projected = new Float64Array(m * rank);
    matmul({ a: rest, b: vectors, out: projected, m, n: rank, k: n });
    cores.unshift(transposed(vectors, n, rank));
    ranks.unshift(rank);
    rest = projected;
  }
  return { modes, ranks: [1, ...ranks], cores: [new Float64Array(rest), ...cores], exponent };
}
