import { entry, round, ttTensor, type TTTensor } from '@ttrec/tensor-train';
import {
  add,
  distance,
  frobeniusNorm,
  hadamard,
  innerProduct,
  logFrobeniusNorm,
  orthogonaliseLeft,
  orthogonaliseRight,
} from '@ttrec/tensor-train/algebra';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';

describe('hundreds of modes', () => {
  /** All entries are `value`. */
  const constant = (d: number, mode: number, value = 1): TTTensor<Float64Array> =>
    ttTensor(Array.from({ length: d }, () => ndarray(new Float64Array(mode).fill(value), [1, mode, 1])));

  test.each([310, 700, 2000])('the sum of ones and ones, of %i modes of 10, rounds to rank 1', (d) => {
    const ones = constant(d, 10);
    const twice = add(ones, ones);
    const { tt, relativeError } = round(twice, { relativeError: 1e-12 });
    expect(Math.max(...tt.ranks)).toBe(1);
    expect(relativeError).toBeLessThan(1e-12);
    const index = Array.from({ length: d }, (_, k) => k % 10);
    expect(Math.abs(entry(tt, index) - 2)).toBeLessThan(1e-12 * d);
    expect(entry(twice, index)).toBe(2);
    const log = Math.LN2 + (d / 2) * Math.log(10);
    expect(Math.abs(logFrobeniusNorm(twice) - log)).toBeLessThan(1e-13 * d);
    expect(Math.abs(logFrobeniusNorm(tt) - log)).toBeLessThan(1e-13 * d);
    for (const orthogonal of [orthogonaliseLeft(twice), orthogonaliseRight(twice)])
      expect(Math.abs(entry(orthogonal, index) - 2)).toBeLessThan(1e-12 * d);
  });

  test('norms and inner products that float64 holds are exact, and infinite beyond', () => {
    const ones = constant(310, 10);
    expect(Math.abs(frobeniusNorm(ones) / 1e155 - 1)).toBeLessThan(1e-12);
    expect(innerProduct(ones, ones)).toBe(Infinity);
    const [small, large] = [constant(310, 10, 1e-200), constant(310, 10, 1e199)];
    // 1e310 entries of 1e-310 each: (1e-200)^310 and its counterpart, each far beyond float64.
    expect(Math.abs(innerProduct(small, large) - 1)).toBeLessThan(1e-10);
    expect(Math.abs(entry(hadamard(small, large), new Array<number>(310).fill(3)) / 1e-310 - 1)).toBeLessThan(
      1e-10,
    );
    expect(distance(ones, ones)).toBeLessThan(1e-12 * 1e155);
    expect(frobeniusNorm(constant(700, 10))).toBe(Infinity);
  });

  test('budgets', () => {
    const d = 700;
    const { tt } = round(add(constant(d, 10), constant(d, 10, 0.5)), { parameters: 4 * 10 * d });
    expect(Math.max(...tt.ranks)).toBeLessThanOrEqual(2);
    expect(Math.abs(entry(tt, new Array<number>(d).fill(1)) - 1)).toBeLessThan(1e-9);
  });
});
