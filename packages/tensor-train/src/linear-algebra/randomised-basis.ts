import { fillNormal, type RandomStream } from '@ttrec/core';
import type { FloatArray } from '../float-array.ts';
import { applyFrom, type Basis, type BasisOptions } from './basis.ts';
import { singularOf } from './svd/dense-svd.ts';
import { norm } from './powers-of-two.ts';
import { qr } from './qr.ts';

export interface RandomisedFactorisation {
  readonly kind: 'randomised';
  /** Directions are drawn from a child stream. */
  readonly stream: RandomStream;
  /** Random directions beyond the rank. */
  readonly oversampling: number;
  /** Applications of A A^T that improve the range; each reads A twice. */
  readonly powerIterations: number;
}

/** A difference of squared norms below this fraction of them has lost too many digits. */
const CANCELLED = 1e-4;

/**
 * A randomised range finder with power iterations. If an error decides the rank, the directions are doubled until it is
 * met.
 *
 * Halko, Martinsson and Tropp, "Finding Structure with Randomness", SIAM Review 53, 2011, algorithms 4.4 and 5.1.
 */
export function randomisedBasis(options: BasisOptions, factorisation: RandomisedFactorisation): Basis {
  const { a, m, n, side, matmul } = options;
  const length = side === 'left' ? m : n;
  const most = Math.min(m, n);
  const total = norm(a, 0, m * n) ** 2;
  let directions = Math.min(most, options.expectedRank + factorisation.oversampling);
  for (;;) {
    const range = findRange(options, factorisation, directions);
    const projected = applyFrom(side, options, { x: range, count: directions, matmul });
    const { leading, values } = singularOf({ a: projected, m: (m * n) / length, n: directions }, 'columns');
    const known = values.reduce((sum, value) => sum + value * value, 0);
    const [left, right] = side === 'left' ? [range, projected] : [projected, range];
    const isLost = total - known < CANCELLED * total;
    const beyond = isLost ? squaredDistance(options, { left, right, count: directions }) : total - known;
    const rank = options.choose(values, beyond);
    if (rank <= directions || directions === most) {
      const kept = Math.min(rank, directions);
      const out = new Float64Array(length * kept);
      matmul({
        a: range,
        b: leading(kept),
        out,
        m: length,
        n: kept,
        k: directions,
      });
      return { vectors: out, rank: kept };
    }
    directions = Math.min(most, 2 * directions);
  }
}

/** Orthonormal columns, [length of the side][directions], that nearly span the dominant singular vectors. */
function findRange(
  options: BasisOptions,
  factorisation: RandomisedFactorisation,
  directions: number,
): Float64Array {
  const { m, n, side, matmul } = options;
  const [length, otherLength] = side === 'left' ? [m, n] : [n, m];
  const other = side === 'left' ? 'right' : 'left';
  const random = new Float64Array(otherLength * directions);
  fillNormal(random, factorisation.stream.child(`${directions} directions`));
  const orthonormal = (x: FloatArray) =>
    qr(applyFrom(other, options, { x, count: directions, matmul }), length, directions).q;
  let range = orthonormal(random);
  for (let power = 0; power < factorisation.powerIterations; power++) {
    range = orthonormal(applyFrom(side, options, { x: range, count: directions, matmul }));
  }
  return range;
}

/** Rows of A compared at a time. */
const ROWS = 256;

/** The squared distance of A to L R^T, with L [m][count] and R [n][count]. */
function squaredDistance(
  { a, m, n, matmul }: BasisOptions,
  { left, right, count }: { left: Float64Array; right: Float64Array; count: number },
): number {
  let sum = 0;
  for (let start = 0; start < m; start += ROWS) {
    const rows = Math.min(ROWS, m - start);
    const out = new Float64Array(rows * n);
    const part = left.subarray(start * count, (start + rows) * count);
    matmul({ a: part, b: right, out, m: rows, n, k: count, transposeB: true });
    for (let at = 0; at < out.length; at++) sum += (a[start * n + at]! - out[at]!) ** 2;
  }
  return sum;
}
