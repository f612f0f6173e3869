import { product } from '@ttrec/core';
import { goldenCases } from '@ttrec/golden';
import { toDense, ttSvd, type TTShape } from '@ttrec/tensor-train';
import { maximalRanks } from '@ttrec/tensor-train/shapes';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { relativeDistance } from './random-tt.ts';

interface Case extends TTShape {
  readonly name: string;
  readonly matrix: number[];
  readonly relativeError: number;
  readonly unfoldingSingularValues: number[][];
}

const METHODS = ['svd', 'gram'] as const;

describe.each(goldenCases<Case>('tt-svd'))('golden TT-SVD: $name', (golden) => {
  const { rowShape, colShape, ranks } = golden;
  const [numRows, numCols] = [rowShape, colShape].map((factors) => product(factors));
  const table = ndarray(Float64Array.from(golden.matrix), [numRows!, numCols!]);
  const norm = Math.hypot(...golden.matrix);

  test.each(METHODS)('%s: as close as the textbook, and the error it reports is the error', (method) => {
    const { tt, error, relativeError } = ttSvd(table, { rowShape, colShape, ranks, method });
    const measured = relativeDistance(toDense(tt).data, golden.matrix);
    // The given error of the exact-rank case is rounding of its float32 entries; 1e-6 is the bar for all.
    expect((measured * Math.max(1, norm)) / norm).toBeLessThanOrEqual(golden.relativeError + 1e-6);
    expect(Math.abs(relativeError - golden.relativeError)).toBeLessThan(1e-6);
    expect(Math.abs(error - measured * Math.max(1, norm))).toBeLessThan(1e-6 * norm);
    expect(tt.shape).toEqual({ rowShape, colShape, ranks });
  });

  test.each(['left-to-right', 'right-to-left'] as const)(
    '%s: within the bound of the unfoldings',
    (sweep) => {
      const { error } = ttSvd(table, { rowShape, colShape, ranks, sweep });
      const discarded = golden.unfoldingSingularValues.map((values, k) =>
        values.slice(ranks[k + 1]).reduce((sum, value) => sum + value * value, 0),
      );
      const bound = Math.sqrt(discarded.reduce((sum, squared) => sum + squared, 0));
      // 1e-12 of the norm is for rounding, which is all there is in the exact case.
      expect(error).toBeLessThanOrEqual(bound * (1 + 1e-9) + 1e-12 * norm);
    },
  );

  test('cutting one unfolding alone loses what its given singular values say, at every rank', () => {
    const full = maximalRanks(rowShape, colShape);
    golden.unfoldingSingularValues.forEach((values, k) => {
      for (let rank = 1; rank < values.length; rank++) {
        const { error } = ttSvd(table, {
          rowShape,
          colShape,
          ranks: full.with(k + 1, Math.min(rank, full[k + 1]!)),
        });
        const lost = Math.hypot(...values.slice(rank));
        // The given values are those of the float64 matrix: what differs is the rounding of a few hundred entries.
        expect(Math.abs(error - lost), `unfolding ${k}, rank ${rank}`).toBeLessThan(1e-10 * norm);
      }
    });
  });
});
