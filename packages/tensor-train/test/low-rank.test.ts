import { product } from '@ttrec/core';
import { toDense, type TTShape } from '@ttrec/tensor-train';
import { fromLowRank, toLowRank } from '@ttrec/tensor-train/algebra';
import { reshapeFactors } from '@ttrec/tensor-train/matrices';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { transposed } from '../src/linear-algebra/qr.ts';
import { refusal } from '@ttrec/test-support';
import {
  dense,
  norm,
  normal,
  randomDense,
  randomMatrix,
  relativeDistance,
  seeds,
  shapes,
} from './random-tt.ts';

/** U V^T. */
function productOf(u: Float64Array, v: Float64Array, rank: number): Float64Array {
  const [rows, columns] = [u.length / rank, v.length / rank];
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let r = 0; r < rank; r++) out[i * columns + j]! += u[i * rank + r]! * v[j * rank + r]!;
    }
  }
  return out;
}

describe('toLowRank', () => {
  test('at full rank it is the table', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const tt = randomMatrix(shape, seed);
        const rank = product(shape.colShape);
        const { u, v } = toLowRank(tt, { rank });
        expect(relativeDistance(productOf(u.data, v.data, rank), dense(tt))).toBeLessThan(1e-10);
      }),
    );
  });

  test('of a table wider than high, at any rank, V is orthonormal and U V^T the table', () => {
    const tt = randomMatrix({ rowShape: [2, 1, 2], colShape: [3, 4, 2], ranks: [1, 4, 3, 1] }, 4);
    for (const rank of [1, 4, 24]) {
      const { u, v, singularValues } = toLowRank(tt, { rank });
      const gram = productOf(transposed(v.data, 24, rank), transposed(v.data, 24, rank), 24);
      gram.forEach((value, at) => expect(value).toBeCloseTo(at % (rank + 1) === 0 ? 1 : 0, 12));
      const missed = norm(productOf(u.data, v.data, rank).map((value, at) => value - dense(tt)[at]!));
      expect(Math.abs(missed - norm(singularValues.subarray(rank)))).toBeLessThan(1e-10 * norm(dense(tt)));
    }
  });

  test('cut off, it misses exactly the singular values it drops', () => {
    const tt = randomMatrix({ rowShape: [4, 5, 3], colShape: [2, 3, 2], ranks: [1, 4, 4, 1] }, 2);
    const { u, v, singularValues } = toLowRank(tt, { rank: 5 });
    expect(v.shape).toEqual([12, 5]);
    expect(u.shape).toEqual([60, 5]);
    const rebuilt = productOf(u.data, v.data, 5);
    const missed = norm(dense(tt).map((value, at) => value - rebuilt[at]!));
    expect(Math.abs(missed / norm(singularValues.subarray(5)) - 1)).toBeLessThan(1e-10);
    expect(Math.abs(norm(singularValues) / norm(dense(tt)) - 1)).toBeLessThan(1e-12);
  });

  test('refuses a rank beyond the columns', () => {
    const tt = randomMatrix({ rowShape: [4, 5], colShape: [2, 3], ranks: [1, 2, 1] }, 2);
    expect(() => toLowRank(tt, { rank: 7 })).toThrow(
      refusal('tensor-train/bad-ranks', 'rank: must be an integer from 1 to 6, got 7.'),
    );
  });
});

describe('fromLowRank', () => {
  test('there and back', () => {
    const u = ndarray(normal(60 * 3, 1), [60, 3]);
    const v = ndarray(normal(12 * 3, 2), [12, 3]);
    const { tt, relativeError } = fromLowRank(u, v, {
      rowShape: [3, 4, 5],
      colShape: [2, 2, 3],
      relativeError: 1e-6,
    });
    const expected = productOf(u.data, v.data, 3);
    expect(relativeDistance(dense(tt), expected)).toBeLessThan(1e-6);
    expect(relativeError).toBeLessThan(1e-6);
    const { singularValues } = toLowRank(tt, { rank: 3 });
    expect(singularValues[3]! / singularValues[0]!).toBeLessThan(1e-6);
  });

  test('refuses factors of different rank', () => {
    expect(() => fromLowRank(randomDense(60, 3, 1), randomDense(12, 2, 1), { ranks: 2 })).toThrow(
      refusal(
        'tensor-train/bad-matrix',
        'must have the dimensions [N][r] and [D][r], got [60][3] and [12][2].',
      ),
    );
  });
});

describe('reshapeFactors', () => {
  const from: TTShape = { rowShape: [4, 6, 5], colShape: [4, 3, 2], ranks: [1, 5, 4, 1] };
  test.each([
    [{ rowShape: [120], colShape: [24] }],
    [{ rowShape: [2, 2, 6, 5], colShape: [2, 2, 3, 2] }],
    [{ rowShape: [24, 5], colShape: [12, 2] }],
    [{ rowShape: [5, 4, 6], colShape: [2, 4, 3] }],
    [{ rowShape: [1, 120, 1], colShape: [24, 1, 1] }],
    [from],
  ])('to %j', (factors) => {
    const tt = randomMatrix(from, 3);
    const reshaped = reshapeFactors(tt, factors);
    expect(reshaped.shape).toMatchObject({ rowShape: factors.rowShape, colShape: factors.colShape });
    expect(relativeDistance(dense(reshaped), dense(tt))).toBeLessThan(1e-10);
  });

  test('random factors of random tables, there and back to the same ranks', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const tt = randomMatrix(shape, seed);
        const factors = { rowShape: [...shape.rowShape].reverse(), colShape: [...shape.colShape].reverse() };
        const reshaped = reshapeFactors(tt, factors);
        expect(relativeDistance(dense(reshaped), dense(tt))).toBeLessThan(1e-10);
        const back = reshapeFactors(reshaped, shape);
        expect(relativeDistance(toDense(back).data, dense(tt))).toBeLessThan(1e-10);
        back.shape.ranks.forEach((rank, k) => expect(rank).toBeLessThanOrEqual(shape.ranks[k]!));
      }),
    );
  });

  test('refuses other products', () => {
    const tt = randomMatrix(from, 3);
    expect(() => reshapeFactors(tt, { rowShape: [4, 6, 6], colShape: [4, 3, 2] })).toThrow(
      refusal(
        'tensor-train/different-factors',
        'rowShape: must multiply to the 120 of the table, got [4,6,6].',
      ),
    );
    expect(() => reshapeFactors(tt, { rowShape: [120], colShape: [4, 6] })).toThrow(
      refusal('tensor-train/bad-cores'),
    );
  });
});
