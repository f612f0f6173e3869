import { product } from '@ttrec/core';
import { ttSvd } from '@ttrec/tensor-train';
import { ttSvdWeighted } from '@ttrec/tensor-train/decompose';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { dense, randomDense, randomMatrix, relativeDistance, seeds, shapes } from './random-tt.ts';

/** Access frequencies of rows that are ordered by them. */
const zipf = (numRows: number, exponent: number) =>
  Float64Array.from({ length: numRows }, (_, i) => (i + 1) ** -exponent);

function weightedError(rebuilt: Float64Array, table: Float64Array, weights: Float64Array): number {
  const numCols = table.length / weights.length;
  return Math.sqrt(
    table.reduce(
      (sum, value, at) => sum + weights[Math.floor(at / numCols)]! * (rebuilt[at]! - value) ** 2,
      0,
    ),
  );
}

describe('ttSvdWeighted', () => {
  const factors = { rowShape: [5, 6, 8], colShape: [2, 2, 2] };

  test('beats the unweighted decomposition on Zipf weights, in weighted error', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.double({ min: 0.6, max: 1.3, noNaN: true }),
        fc.integer({ min: 1, max: 8 }),
        (seed, exponent, ranks) => {
          const table = randomDense(240, 8, seed);
          const weights = zipf(240, exponent);
          const plain = ttSvd(table, { ...factors, ranks });
          const weighted = ttSvdWeighted(table, { ...factors, ranks, weights });
          const measured = weightedError(dense(weighted.tt), table.data, weights);
          expect(Math.abs(weighted.weightedError / measured - 1)).toBeLessThan(1e-9);
          expect(measured).toBeLessThan(weightedError(dense(plain.tt), table.data, weights));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('refinement never makes it worse, and helps where weights are no product', () => {
    const table = randomDense(240, 8, 5);
    const weights = zipf(240, 1).reverse();
    const errors = [0, 1, 4].map(
      (sweeps) => ttSvdWeighted(table, { ...factors, ranks: 4, weights, sweeps }).weightedError,
    );
    expect(errors[1]).toBeLessThanOrEqual(errors[0]!);
    expect(errors[2]).toBeLessThan(errors[0]!);
  });

  test('equal weights give the unweighted result', () => {
    fc.assert(
      fc.property(shapes, seeds, ({ rowShape, colShape }, seed) => {
        const numRows = product(rowShape);
        const table = randomDense(numRows, product(colShape), seed);
        const weights = new Float64Array(numRows).fill(0.25);
        const plain = ttSvd(table, { rowShape, colShape, ranks: 2 });
        const weighted = ttSvdWeighted(table, { rowShape, colShape, ranks: 2, weights, sweeps: 0 });
        expect(relativeDistance(dense(weighted.tt), dense(plain.tt))).toBeLessThan(1e-10);
        expect(Math.abs(weighted.weightedError - plain.error / 2)).toBeLessThan(1e-10);
      }),
    );
  });

  test('a table of low rank is found again, rows of weight 0 included while their digits are read', () => {
    const shape = { ...factors, ranks: [1, 2, 2, 1] };
    const planted = randomMatrix(shape, 3);
    const table = ndarray(dense(planted), [240, 8]);
    const weights = zipf(240, 1).map((weight, i) => (i % 7 === 3 ? 0 : weight));
    const { tt, relativeWeightedError } = ttSvdWeighted(table, { ...factors, ranks: 2, weights });
    expect(relativeWeightedError).toBeLessThan(1e-10);
    expect(relativeDistance(dense(tt), table.data)).toBeLessThan(1e-9);
  });

  test.each([
    [new Float64Array(239).fill(1), 'weights: must have one weight for each of the 240 rows, got 239.'],
    [new Float64Array(240), 'weights: must not all be 0, got 0.'],
    [
      zipf(240, 1).map((w, i) => (i === 9 ? -w : w)),
      'weights[9]: must be a finite number of at least 0, got -0.1.',
    ],
    [
      zipf(240, 1).map((w, i) => (i === 9 ? Number.NaN : w)),
      'weights[9]: must be a finite number of at least 0, got NaN.',
    ],
  ])('refuses weights %#', (weights, words) => {
    expect(() => ttSvdWeighted(randomDense(240, 8, 1), { ...factors, ranks: 2, weights })).toThrow(
      refusal('tensor-train/bad-weights', words),
    );
  });

  test('refuses a table that is not finite and half a sweep', () => {
    const bad = randomDense(240, 8, 1);
    bad.set(7, 2, Infinity);
    const weights = zipf(240, 1);
    expect(() => ttSvdWeighted(bad, { ...factors, ranks: 2, weights })).toThrow(
      refusal('tensor-train/not-finite', 'row 7, column 2'),
    );
    expect(() =>
      ttSvdWeighted(randomDense(240, 8, 1), { ...factors, ranks: 2, weights, sweeps: 0.5 }),
    ).toThrow(refusal('tensor-train/bad-sweeps', 'sweeps: must be an integer of at least 0, got 0.5'));
  });
});
