import { RandomStream } from '@ttrec/core';
import { parameterCount, toDense } from '@ttrec/tensor-train';
import { ttCross, ttCrossTensor } from '@ttrec/tensor-train/decompose';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { dense, randomMatrix, randomTensor, relativeDistance, seeds, shapes } from './random-tt.ts';

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

describe('convergence is claimed on evidence alone', () => {
  const modes = [32, 32, 32, 32];
  const peakAt =
    (...at: number[]) =>
    (index: Uint32Array) =>
      at.every((i, k) => index[k] === i) ? 1 : 0;

  test.each([{ ranks: 4 }, { relativeError: 1e-6 }, { ranks: 2, relativeError: 0.5 }])(
    'not for a peak that was never seen, and not for zeros: %j',
    (options) => {
      for (const f of [peakAt(17, 3, 29, 11), peakAt(0, 31, 5, 30), () => 0]) {
        const { converged, sampledError, evaluations } = ttCrossTensor(f, modes, {
          ...options,
          stream: stream(),
        });
        expect(converged).toBe(false);
        expect(sampledError).toBe(Infinity);
        // Zeros give nothing to grow on: one sweep and its test entries, not ten of rank 128.
        expect(evaluations).toBeLessThan(10_000);
      }
    },
  );

  test('not where test entries off the crosses disagree with what the crosses show', () => {
    // Rank 1 wherever the first sweeps look, which a part that is zero on most of the tensor is added to.
    const f = ([i, j, k, l]: Uint32Array) =>
      1 + (i! > 15 && j! > 15 && k! > 15 && l! > 15 ? Math.sin(i! * j! + 3 * k! * l!) : 0);
    const { converged, sampledError, tt } = ttCrossTensor(f, modes, { ranks: 1, stream: stream() });
    expect(converged).toBe(false);
    const exact = new Float64Array(32 ** 4);
    const index = new Uint32Array(4);
    for (let at = 0; at < exact.length; at++) {
      for (let k = 3, rest = at; k >= 0; k--, rest = Math.floor(rest / 32)) index[k] = rest % 32;
      exact[at] = f(index);
    }
    const error = relativeDistance(dense(tt), exact);
    // An estimate from 200 entries, of which a sixteenth differ: within a factor of 2.
    expect(sampledError).toBeGreaterThan(error / 2);
    expect(sampledError).toBeLessThan(2 * error);
  });

  test('test entries are drawn anew for every sweep, and lie off its crosses', () => {
    const seen: string[] = [];
    const f = (index: Uint32Array) => {
      seen.push(index.join());
      return 1 / (1 + index[0]! + 2 * index[1]! + 3 * index[2]! + 4 * index[3]!);
    };
    const testEntries = 50;
    const options = { ranks: 3, relativeError: 0, maxSweeps: 2, testEntries, stream: stream() };
    const { evaluations } = ttCrossTensor(f, modes, options);
    expect(seen.length).toBe(evaluations);
    const tests = [seen.slice(evaluations / 2 - testEntries, evaluations / 2), seen.slice(-testEntries)];
    const sweeps = [seen.slice(0, evaluations / 2 - testEntries), seen.slice(evaluations / 2, -testEntries)];
    // Of 50 entries in a million nearly none is on a cross by chance, so that no more were drawn.
    tests.forEach((entries, k) => {
      expect(entries.filter((entry) => sweeps[k]!.includes(entry))).toEqual([]);
      expect(entries.filter((entry) => tests[1 - k]!.includes(entry))).toEqual([]);
    });
  });

  test('for a tensor of which every entry was seen', () => {
    const { converged, sampledError } = ttCrossTensor(([i]) => i!, [4], { ranks: 1, stream: stream() });
    expect({ converged, sampledError }).toEqual({ converged: true, sampledError: 0 });
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
    expect(() => ttCross(() => 1, factors, { ...options, stream: stream() })).toThrow(
      refusal(`tensor-train/${code}`, words),
    );
  });

  test('refuses a function that is not finite, and factors that do not pair', () => {
    expect(() => ttCross(() => Number.NaN, factors, { ranks: 1, stream: stream() })).toThrow(
      refusal('tensor-train/not-finite', 'must be a finite number, got NaN'),
    );
    expect(() =>
      ttCross(() => 1, { rowShape: [4], colShape: [2, 2] }, { ranks: 1, stream: stream() }),
    ).toThrow(refusal('tensor-train/bad-cores', 'one per core, got 1 and 2'));
    expect(() => ttCrossTensor(() => 1, [], { ranks: 1, stream: stream() })).toThrow(
      refusal('tensor-train/bad-factors', 'modes'),
    );
  });
});
