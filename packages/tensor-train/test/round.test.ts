import { parameterCount, round, toDense, type TTMatrix } from '@ttrec/tensor-train';
import {
  add,
  frobeniusNorm,
  orthogonaliseLeft,
  orthogonaliseRight,
  scale,
} from '@ttrec/tensor-train/algebra';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { dense, norm, randomMatrix, randomTensor, relativeDistance, seeds, shapes } from './random-tt.ts';

describe('round', () => {
  test('never exceeds the error asked for, reports it as it is, and is idempotent', () => {
    fc.assert(
      fc.property(shapes, seeds, fc.double({ min: 1e-3, max: 0.9, noNaN: true }), (shape, seed, asked) => {
        const tt = randomMatrix(shape, seed);
        const [before, size] = [dense(tt), norm(dense(tt))];
        const rounded = round(tt, { relativeError: asked });
        const distance = norm(dense(rounded.tt).map((value, at) => value - before[at]!));
        expect(distance).toBeLessThanOrEqual(asked * size * (1 + 1e-9));
        expect(Math.abs(rounded.error - distance)).toBeLessThan(1e-10 * Math.max(1, size));
        // The error that is left to be made is made by the first rounding; the second one finds nothing to drop at
        // an error far below the smallest kept singular value.
        const again = round(rounded.tt, { relativeError: 1e-12 });
        expect(again.tt.shape).toEqual(rounded.tt.shape);
        expect(relativeDistance(dense(again.tt), dense(rounded.tt))).toBeLessThan(1e-10);
      }),
    );
  });

  test('to the same ranks twice changes nothing', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const once = round(randomMatrix(shape, seed), { ranks: 2 });
        const twice = round(once.tt, { ranks: 2 });
        expect(relativeDistance(dense(twice.tt), dense(once.tt))).toBeLessThan(1e-10);
        expect(twice.relativeError).toBeLessThan(1e-10);
      }),
    );
  });

  test('finds the ranks of the sum of a TT and itself', () => {
    const shape = { rowShape: [4, 4, 4], colShape: [2, 2, 2], ranks: [1, 3, 3, 1] };
    const a = randomMatrix(shape, 1);
    const twice = add(a, a);
    expect(twice.shape.ranks).toEqual([1, 6, 6, 1]);
    const { tt } = round(twice, { relativeError: 1e-12 });
    expect(tt.shape).toEqual(shape);
    expect(relativeDistance(dense(tt), dense(scale(a, 2)))).toBeLessThan(1e-12);
  });

  test('to a budget, and of tensors', () => {
    const shape = { rowShape: [4, 4, 4], colShape: [2, 2, 2], ranks: [1, 6, 6, 1] };
    expect(parameterCount(round(randomMatrix(shape, 2), { bytes: 800 }).tt.shape)).toBeLessThanOrEqual(200);
    expect(round(randomTensor([5, 5, 5], [1, 4, 4, 1], 2), { ranks: [2, 3] }).tt.ranks).toEqual([1, 2, 3, 1]);
  });

  test('cuts a rank at its useful maximum and says so', () => {
    const tt = randomMatrix({ rowShape: [2, 2], colShape: [1, 1], ranks: [1, 5, 1] }, 1);
    const { tt: rounded, clipped } = round(tt, { ranks: 5 });
    expect(rounded.shape.ranks).toEqual([1, 2, 1]);
    expect(clipped).toEqual([{ place: 1, asked: 5, used: 2 }]);
  });

  test('refuses a budget below rank 1', () => {
    const tt = randomMatrix({ rowShape: [2, 2], colShape: [1, 1], ranks: [1, 2, 1] }, 1);
    expect(() => round(tt, { parameters: 3 })).toThrow(
      refusal('tensor-train/budget-too-small', 'what rank 1 takes, 4, got 3'),
    );
    expect(() => round(tt, {})).toThrow(refusal('tensor-train/bad-truncation', 'exactly one of'));
  });
});

/** The largest entry of U^T U - I for the left unfoldings, or of U U^T - I for the right ones. */
function defect(tt: TTMatrix, k: number, side: 'left' | 'right'): number {
  const core = tt.cores[k]!;
  const [p, left, q, right] = core.shape as [number, number, number, number];
  const [size, fixed] = side === 'left' ? [right, left] : [left, right];
  let worst = 0;
  for (let x = 0; x < size; x++) {
    for (let y = 0; y < size; y++) {
      let sum = x === y ? -1 : 0;
      for (let i = 0; i < p; i++) {
        for (let j = 0; j < q; j++) {
          for (let f = 0; f < fixed; f++) {
            sum +=
              side === 'left'
                ? core.get(i, f, j, x) * core.get(i, f, j, y)
                : core.get(i, x, j, f) * core.get(i, y, j, f);
          }
        }
      }
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst;
}

describe('orthogonalisation', () => {
  test('keeps the table, makes cores orthonormal, and gathers the norm in one core', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const tt = randomMatrix(shape, seed);
        const last = shape.rowShape.length - 1;
        const left = orthogonaliseLeft(tt);
        const right = orthogonaliseRight(tt);
        for (const result of [left, right])
          expect(relativeDistance(dense(result), dense(tt))).toBeLessThan(1e-10);
        for (let k = 0; k < last; k++) expect(defect(left, k, 'left')).toBeLessThan(1e-12);
        for (let k = 1; k <= last; k++) expect(defect(right, k, 'right')).toBeLessThan(1e-12);
        const size = frobeniusNorm(tt);
        expect(Math.abs(norm(left.cores[last]!.data) - size)).toBeLessThan(1e-10 * Math.max(1, size));
        expect(Math.abs(norm(right.cores[0]!.data) - size)).toBeLessThan(1e-10 * Math.max(1, size));
      }),
    );
  });

  test('a TT of zeros stays finite', () => {
    const zeros = scale(
      randomMatrix({ rowShape: [3, 3, 3], colShape: [2, 2, 2], ranks: [1, 2, 2, 1] }, 1),
      0,
    );
    expect(norm(toDense(orthogonaliseLeft(zeros)).data)).toBe(0);
    expect(norm(toDense(round(zeros, { relativeError: 0.1 }).tt).data)).toBe(0);
  });
});
