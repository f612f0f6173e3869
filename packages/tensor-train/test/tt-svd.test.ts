import { RandomStream, product } from '@ttrec/core';
import { parameterCount, toDense, ttSvd, type TTSvdOptions } from '@ttrec/tensor-train';
import { ttSvdTensor } from '@ttrec/tensor-train/decompose';
import fc from 'fast-check';
import { Matrix, SVD } from 'ml-matrix';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import {
  dense,
  norm,
  normal,
  randomDense,
  randomMatrix,
  randomTensor,
  relativeDistance,
  seeds,
  shapes,
} from './random-tt.ts';

const METHODS = ['svd', 'gram', 'randomised'] as const;
const stream = () => new RandomStream(5, 'tt-svd');

/** A table whose unfoldings decay: smooth in row and column, plus noise of a thousandth. */
function decaying(rows: number, columns: number, seed: number) {
  const noise = normal(rows * columns, seed, 'noise');
  const values = Float64Array.from(noise, (value, at) => {
    const [x, y] = [Math.floor(at / columns) / rows, (at % columns) / columns];
    return 1 / (0.1 + x + y) + Math.sin(9 * x * y) + 1e-3 * value;
  });
  return ndarray(values, [rows, columns]);
}

describe('ttSvd', () => {
  test.each(METHODS)('%s recovers a planted TT of its own ranks', (method) => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const expected = toDense(randomMatrix(shape, seed));
        const { rowShape, colShape, ranks } = shape;
        const { tt, relativeError } = ttSvd(expected, {
          rowShape,
          colShape,
          ranks,
          method,
          stream: stream(),
        });
        // A singular value of 0 comes out of a Gram matrix as the root of its rounding, 3e-8 of the norm; up to 3 times 16
        // of them are summed. The other methods square nothing that is this small.
        expect(relativeDistance(dense(tt), expected.data)).toBeLessThan(method === 'gram' ? 1e-7 : 1e-12);
        expect(relativeError).toBeLessThan(method === 'gram' ? 3e-7 : 1e-12);
      }),
      { numRuns: 60 },
    );
  });

  test.each(METHODS)('%s keeps to a relative error, and reports it as it is', (method) => {
    const bound = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(shapes, seeds, bound, ({ rowShape, colShape }, seed, asked) => {
        const rows = product(rowShape);
        const columns = product(colShape);
        const table = randomDense(rows, columns, seed);
        const { tt, error, relativeError } = ttSvd(table, {
          rowShape,
          colShape,
          relativeError: asked,
          method,
          stream: stream(),
        });
        const distance = norm(dense(tt).map((value, at) => value - table.data[at]!));
        expect(relativeError).toBeLessThanOrEqual(asked * (1 + 1e-9));
        expect(Math.abs(error - distance)).toBeLessThan(1e-6 * norm(table.data));
      }),
      { numRuns: 60 },
    );
  });

  test.each(METHODS)('%s finds the ranks of an exact TT and the same table from both ends', (method) => {
    const shape = { rowShape: [4, 3, 5], colShape: [2, 3, 2], ranks: [1, 3, 4, 1] };
    const { rowShape, colShape } = shape;
    const table = toDense(randomMatrix(shape, 3));
    for (const sweep of ['left-to-right', 'right-to-left'] as const) {
      const options = { rowShape, colShape, relativeError: 1e-6, sweep, method, stream: stream() };
      const { tt } = ttSvd(table, options);
      expect(tt.shape).toEqual(shape);
      // What the error of 1e-6 lets through is rounding: the discarded singular values of an exact TT.
      expect(relativeDistance(dense(tt), table.data)).toBeLessThan(1e-12);
    }
  });

  test('rows that the factors hold beyond the table are zeros', () => {
    const table = randomDense(50, 6, 1);
    const { tt } = ttSvd(table, { rowShape: [4, 13], colShape: [2, 3], relativeError: 0 });
    expect(relativeDistance(dense(tt).subarray(0, 300), table.data)).toBeLessThan(1e-13);
    expect(norm(dense(tt).subarray(300))).toBeLessThan(1e-13);
  });

  test('float32 tables and views of any strides', () => {
    const table = randomDense(12, 20, 2);
    const single = ndarray(Float32Array.from(table.data), [12, 20]);
    const options = { rowShape: [4, 5], colShape: [3, 4], ranks: 12 } as const;
    const { tt } = ttSvd(single.transpose(1, 0), options);
    for (let i = 0; i < 20; i++) {
      for (let j = 0; j < 12; j++) expect(toDense(tt).get(i, j)).toBeCloseTo(single.get(j, i), 6);
    }
  });

  test('ranks are cut at their useful maximum, and the report says so', () => {
    const { tt, clipped } = ttSvd(randomDense(60, 12, 4), {
      rowShape: [3, 4, 5],
      colShape: [2, 2, 3],
      ranks: [7, 20],
    });
    expect(tt.shape.ranks).toEqual([1, 6, 15, 1]);
    expect(clipped).toEqual([
      { place: 1, asked: 7, used: 6 },
      { place: 2, asked: 20, used: 15 },
    ]);
  });

  test('a budget is kept, and used: one rank more would not fit', () => {
    const table = randomDense(60, 12, 4);
    const factors = { rowShape: [3, 4, 5], colShape: [2, 2, 3] };
    const { tt } = ttSvd(table, { ...factors, parameters: 300 });
    expect(parameterCount(tt.shape)).toBeLessThanOrEqual(300);
    for (const k of [1, 2]) {
      const ranks = tt.shape.ranks.map((rank, at) => (at === k ? rank + 1 : rank));
      expect(parameterCount({ ...factors, ranks })).toBeGreaterThan(300);
    }
    expect(ttSvd(table, { ...factors, bytes: 1200 }).tt.shape).toEqual(tt.shape);
  });

  test('a table of zeros is a TT of zeros', () => {
    const { tt, error, relativeError } = ttSvd(ndarray(new Float64Array(48), [12, 4]), {
      relativeError: 0.1,
    });
    expect(tt.shape.ranks).toEqual([1, 1, 1, 1]);
    expect([norm(dense(tt)), error, relativeError]).toEqual([0, 0, 0]);
  });
});

describe('randomised', () => {
  const table = decaying(480, 24, 7);
  const options = { rowShape: [6, 8, 10], colShape: [2, 3, 4] } as const;

  test('within 5 % of the deterministic error on decaying spectra', () => {
    for (const ranks of [2, 4, 8]) {
      const exact = ttSvd(table, { ...options, ranks });
      const sketched = ttSvd(table, { ...options, ranks, method: 'randomised', stream: stream() });
      expect(sketched.error).toBeLessThan(1.05 * exact.error);
      expect(sketched.error).toBeGreaterThan(0.95 * exact.error);
    }
  });

  test('the same seed gives the same bits, another seed others, and the stream stays where it is', () => {
    const once = (seed: number) => {
      const directions = new RandomStream(seed, 'x', 8);
      const { tt } = ttSvd(table, { ...options, ranks: 4, method: 'randomised', stream: directions });
      expect(directions.position).toBe(8);
      return dense(tt);
    };
    expect(once(1)).toEqual(once(1));
    expect(once(1)).not.toEqual(once(2));
  });

  test('more directions are drawn until the error is met', () => {
    const noise = randomDense(480, 24, 9);
    const { relativeError } = ttSvd(noise, {
      ...options,
      relativeError: 0.05,
      method: 'randomised',
      stream: stream(),
    });
    expect(relativeError).toBeLessThanOrEqual(0.05);
  });
});

/** The sum of the squared singular values after the first `rank` of the unfolding [m][rest]. */
function discarded(values: Float64Array, m: number, rank: number): number {
  const { diagonal } = new SVD(Matrix.from1DArray(m, values.length / m, values), { autoTranspose: true });
  return diagonal.slice(rank).reduce((sum, value) => sum + value * value, 0);
}

describe('ttSvdTensor', () => {
  test('never exceeds the bound of the unfoldings, from either end', () => {
    const modes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(modes, seeds, fc.integer({ min: 1, max: 4 }), (shape, seed, ranks) => {
        const size = product(shape);
        const values = normal(size, seed);
        let bound = 0;
        for (let k = 1; k < shape.length; k++) {
          const m = product(shape.slice(0, k));
          bound += discarded(values, m, ranks);
        }
        for (const sweep of ['left-to-right', 'right-to-left'] as const) {
          const { tt, error } = ttSvdTensor(ndarray(values, shape), { ranks, sweep });
          const distance = norm(dense(tt).map((value, at) => value - values[at]!));
          // Oseledets 2011, theorem 2.2; 1e-12 of the norm is for rounding, which is all there is where ranks suffice.
          for (const measured of [error, distance])
            expect(measured).toBeLessThanOrEqual(Math.sqrt(bound) * (1 + 1e-9) + 1e-12 * norm(values));
        }
      }),
    );
  });

  test('recovers a planted tensor', () => {
    const planted = randomTensor([4, 5, 3, 6], [1, 3, 4, 2, 1], 8);
    const { tt } = ttSvdTensor(toDense(planted), { relativeError: 1e-10 });
    expect(tt.ranks).toEqual([1, 3, 4, 2, 1]);
    expect(relativeDistance(dense(tt), dense(planted))).toBeLessThan(1e-12);
  });

  test('takes a budget', () => {
    const { tt } = ttSvdTensor(toDense(randomTensor([4, 5, 3], [1, 3, 3, 1], 8)), { parameters: 30 });
    expect(tt.cores.reduce((sum, core) => sum + core.size, 0)).toBeLessThanOrEqual(30);
  });
});

describe('bad input', () => {
  const table = randomDense(60, 12, 1);
  const factors = { rowShape: [3, 4, 5], colShape: [2, 2, 3] };
  test.each([
    [
      { ...factors },
      'bad-truncation',
      'options: must hold exactly one of ranks, relativeError, parameters, bytes, got none.',
    ],
    [{ ...factors, ranks: 2, bytes: 100 }, 'bad-truncation', 'got ranks and bytes.'],
    [
      { ...factors, relativeError: -1 },
      'bad-truncation',
      'relativeError: must be a number of at least 0, got -1.',
    ],
    [{ ...factors, relativeError: Number.NaN }, 'bad-truncation', 'got NaN.'],
    [{ ...factors, ranks: 0 }, 'bad-ranks', 'ranks[1]: must be an integer of at least 1, got 0.'],
    [{ ...factors, ranks: [1, 2, 2, 2] }, 'bad-ranks', 'must be 1 at both ends'],
    [
      { ...factors, parameters: 28 },
      'budget-too-small',
      'parameters: must be at least what rank 1 takes, 29, got 28.',
    ],
    [
      { ...factors, bytes: 100 },
      'budget-too-small',
      'bytes: must be at least what rank 1 takes, 116, got 100.',
    ],
    [{ ...factors, bytes: 0.5 }, 'bad-budget', 'bytes: must be an integer of at least 1, got 0.5.'],
    [
      { rowShape: [3, 4, 4], ranks: 2 },
      'too-few-rows',
      'must multiply to at least the 60 rows, got [3,4,4].',
    ],
    [
      { colShape: [3, 4, 2], ranks: 2 },
      'wrong-columns',
      'must multiply to exactly the 12 columns, got [3,4,2].',
    ],
    [
      { ...factors, ranks: 2, method: 'grams' },
      'bad-method',
      'svd, gram, randomised, got grams. Did you mean "gram"?',
    ],
    [
      { ...factors, ranks: 2, sweep: 'up' },
      'bad-method',
      'sweep: must be one of left-to-right, right-to-left, got up.',
    ],
    [
      { ...factors, ranks: 2, method: 'randomised' },
      'no-stream',
      'stream: must be given for the method randomised',
    ],
  ])('refuses %j', (options, code, words) => {
    expect(() => ttSvd(table, options as TTSvdOptions)).toThrow(refusal(`tensor-train/${code}`, words));
  });

  test('refuses what is not finite, naming the place', () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      const bad = randomDense(6, 4, 1);
      bad.set(4, 3, value);
      expect(() => ttSvd(bad, { ranks: 2 })).toThrow(
        refusal('tensor-train/not-finite', `row 4, column 3: must be a finite number, got ${value}.`),
      );
      expect(() => ttSvdTensor(bad, { ranks: 2 })).toThrow(
        refusal('tensor-train/not-finite', 'entry 19 in row-major order'),
      );
    }
  });

  test('refuses an empty table and what is not a matrix', () => {
    expect(() => ttSvd(ndarray(new Float64Array(0), [0, 4]), { ranks: 1 })).toThrow(
      refusal('tensor-train/bad-num-rows', 'got 0'),
    );
    expect(() => ttSvd(ndarray(new Float64Array(0), [4, 0]), { ranks: 1 })).toThrow(
      refusal('tensor-train/bad-num-cols', 'got 0'),
    );
    expect(() => ttSvd(ndarray(new Float64Array(4), [4]), { ranks: 1 })).toThrow(
      refusal('tensor-train/bad-matrix', '[N][D], got [4]'),
    );
    expect(() => ttSvdTensor(ndarray(new Float64Array(0), [2, 0]), { ranks: 1 })).toThrow(
      refusal('tensor-train/bad-factors', 'tensor[1]'),
    );
  });
});
