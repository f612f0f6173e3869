import { fillNormal, type RandomStream } from '@ttrec/core';
import { leadingColumns, singularOf } from './dense-svd.ts';
import { applyFrom, type Basis, type BasisOptions } from './dominant-basis.ts';
import type { FloatArray } from './matmul.ts';
import { qr } from './qr.ts';

export interface RandomisedFactorisation {
  readonly kind: 'randomised';
  /** The directions are drawn from a child of it; the same stream gives the same bits. */
  readonly stream: RandomStream;
  /** Random directions beyond the rank. */
  readonly oversampling: number;
  /** Applications of A A^T that sharpen the range; each reads A twice. */
  readonly powerIterations: number;
}

/**
 * A range finder with power iterations. When the rank is decided by an error, the directions are doubled until it is met.
 *
 * Halko, Martinsson and Tropp, "Finding Structure with Randomness", SIAM Review 53, 2011, algorithms 4.4 and 5.1.
 */
export function randomisedBasis(options: BasisOptions, factorisation: RandomisedFactorisation): Basis {
  const { a, m, n, side, matmul } = options;
  const length = side === 'left' ? m : n;
  const most = Math.min(m, n);
  const total = sumOfSquares(a, m * n);
  let directions = Math.min(most, options.expectedRank + factorisation.oversampling);
  for (;;) {
    const range = findRange(options, factorisation, directions);
    const projected = applyFrom(side, options, { x: range, count: directions, matmul });
    const { vectors, values } = singularOf({ a: projected, m: (m * n) / length, n: directions }, 'columns');
    const known = values.reduce((sum, value) => sum + value * value, 0);
    const rank = options.choose(values, Math.max(0, total - known));
    if (rank <= directions || directions === most) {
      const kept = Math.min(rank, directions);
      const out = new Float64Array(length * kept);
      matmul({
        a: range,
        b: leadingColumns(vectors, directions, kept),
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

function sumOfSquares(values: FloatArray, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += values[i]! * values[i]!;
  return sum;
}
