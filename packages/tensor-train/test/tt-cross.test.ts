import { RandomStream } from '@ttrec/core';
import { parameterCount, toDense, ttCross, ttCrossTensor } from '@ttrec/tensor-train';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from './refusal.ts';
import { dense, randomMatrix, randomTensor, relativeDistance, seeds, shapes } from './trains.ts';

const stream = (seed = 1) => new RandomStream(seed, 'cross');

describe('ttCross', () => {
  test('recovers planted tables from a function', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const planted = toDense(randomMatrix(shape, seed));
        const { tt, converged, sampledError } = ttCross((i, j) => planted.get(i, j), shape, {
          ranks: shape.ranks,
          stream: stream(seed),
        });
        expect(converged).toBe(true);
        expect(sampledError).toBeLessThan(1e-10);
        expect(relativeDistance(dense(tt), planted.data)).toBeLessThan(1e-8);
      }),
    );
  });

  test('more rank than there is does no harm, and ranks of no use are cut', () => {
    const shape = { rowShape: [6, 5, 6], colShape: [2, 2, 2], ranks: [1, 2, 3, 1] };
    const planted = toDense(randomMatrix(shape, 5));
    const { tt, clipped, converged } = ttCross((i, j) => planted.get(i, j), shape, {
      ranks: [15, 5],
      stream: stream(),
    });
    expect(converged).toBe(true);
    expect(relativeDistance(dense(tt), planted.data)).toBeLessThan(1e-8);
    expect(clipped).toEqual([{ place: 1, asked: 15, used: 12 }]);
  });

  test('a smooth function of a billion rows from few of its entries', () => {
    const [n, columns] = [1e9, 8];
    const smooth = (i: number, j: number) =>
      Math.sin((7 * i) / n + (2 * j) / columns) + Math.exp((-3 * i) / n) * j;
    const factors = { rowShape: [1000, 1000, 1000], colShape: [2, 2, 2] };
    const { tt, sampledError, evaluations } = ttCross(smooth, factors, { ranks: 6, stream: stream() });
    expect(sampledError).toBeLessThan(1e-10);
    expect(evaluations).toBeLessThan(600_000);
    expect(tt.shape.ranks).toEqual([1, 6, 6, 1]);
  });

  test('finds the ranks of planted tables when only an error is given', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const planted = toDense(randomMatrix(shape, seed));
        const options = { relativeError: 1e-8, stream: stream(seed) };
        const { tt, converged } = ttCross((i, j) => planted.get(i, j), shape, options);
        expect(converged).toBe(true);
        expect(relativeDistance(dense(tt), planted.data)).toBeLessThan(1e-6);
        tt.shape.ranks.forEach((rank, k) => expect(rank).toBeLessThanOrEqual(shape.ranks[k]!));
      }),
    );
  });

  test('a smaller error takes more rank, and is kept at entries that it was not judged by', () => {
    const sharp = (i: number, j: number) => 1 / (1 + Math.hypot(i / 100, j + 1));
    const factors = { rowShape: [10, 10, 10], colShape: [2, 2, 2] };
    const exact = Float64Array.from({ length: 8000 }, (_, at) => sharp(Math.floor(at / 8), at % 8));
    const sizes = [1e-2, 1e-4, 1e-6].map((relativeError) => {
      const { tt, sampledError, converged } = ttCross(sharp, factors, { relativeError, stream: stream() });
      expect(converged).toBe(true);
      expect(sampledError).toBeLessThanOrEqual(relativeError);
      // An estimate from 200 of 8,000 entries; twice the error asked for leaves it room.
      expect(relativeDistance(dense(tt), exact)).toBeLessThan(2 * relativeError);
      return parameterCount(tt.shape);
    });
    expect(sizes).toEqual([...sizes].sort((x, y) => x - y));
    expect(new Set(sizes).size).toBe(3);
  });

  test('ranks stop to grow at maxRank, and it says that the error is not met', () => {
    const noise = toDense(randomMatrix({ rowShape: [20, 20], colShape: [1, 1], ranks: [1, 20, 1] }, 3));
    const options = { relativeError: 1e-3, maxRank: 6, stream: stream() };
    const factors = { rowShape: [20, 20], colShape: [1, 1] };
    const { tt, converged } = ttCross((i, j) => noise.get(i, j), factors, options);
    expect(converged).toBe(false);
    expect(tt.shape.ranks[1]).toBeLessThanOrEqual(6);
  });

  test('says so when it does not converge', () => {
    const noise = toDense(randomMatrix({ rowShape: [20, 20], colShape: [1, 1], ranks: [1, 20, 1] }, 3));
    const { converged, sampledError } = ttCross(
      (i, j) => noise.get(i, j),
      { rowShape: [20, 20], colShape: [1, 1] },
      { ranks: 2, stream: stream(), maxSweeps: 3 },
    );
    expect(converged).toBe(false);
    expect(sampledError).toBeGreaterThan(0.1);
  });
});

describe('ttCrossTensor', () => {
  test('recovers a planted tensor of five modes, the same bits for the same stream', () => {
    const planted = toDense(randomTensor([5, 4, 6, 3, 5], [1, 3, 5, 4, 2, 1], 2));
    const at = (index: Uint32Array) => planted.get(...index);
    const find = (seed: number) =>
      ttCrossTensor(at, [5, 4, 6, 3, 5], { ranks: [3, 5, 4, 2], stream: stream(seed) });
    expect(relativeDistance(dense(find(1).tt), planted.data)).toBeLessThan(1e-10);
    expect(dense(find(1).tt)).toEqual(dense(find(1).tt));
  });

  test('zero, one and single modes', () => {
    expect([...dense(ttCrossTensor(() => 0, [3, 2], { ranks: 2, stream: stream() }).tt)]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
    expect([...dense(ttCrossTensor(([i]) => i!, [4], { ranks: 1, stream: stream() }).tt)]).toEqual([
      0, 1, 2, 3,
    ]);
  });
});

describe('bad input', () => {
  const factors = { rowShape: [4, 5], colShape: [2, 2] };
  test.each([
    [{ ranks: 0 }, 'bad-ranks', 'ranks[1]: must be an integer of at least 1, got 0.'],
    [{ ranks: [2, 2] }, 'bad-ranks', 'the 1 inner ranks, or all 3 of them'],
    [{ ranks: 2, maxSweeps: 0 }, 'bad-cross', 'maxSweeps: must be an integer of at least 1, got 0.'],
    [{ ranks: 2, testEntries: 0 }, 'bad-cross', 'testEntries'],
    [
      { ranks: 2, relativeError: Number.NaN },
      'bad-cross',
      'relativeError: must be a number of at least 0, got NaN.',
    ],
    [{}, 'bad-cross', 'options: must hold ranks, a relativeError, or both, got none.'],
    [{ relativeError: 0.1, maxRank: 0 }, 'bad-cross', 'maxRank: must be an integer of at least 1, got 0.'],
  ])('refuses %j', (options, code, words) => {
    expect(() => ttCross(() => 1, factors, { ...options, stream: stream() })).toThrow(refusal(code, words));
  });

  test('refuses a function that is not finite, and factors that do not pair', () => {
    expect(() => ttCross(() => Number.NaN, factors, { ranks: 1, stream: stream() })).toThrow(
      refusal('not-finite', 'must be a finite number, got NaN'),
    );
    expect(() =>
      ttCross(() => 1, { rowShape: [4], colShape: [2, 2] }, { ranks: 1, stream: stream() }),
    ).toThrow(refusal('bad-cores', 'one a core, got 1 and 2'));
    expect(() => ttCrossTensor(() => 1, [], { ranks: 1, stream: stream() })).toThrow(
      refusal('bad-factors', 'modes'),
    );
  });
});
