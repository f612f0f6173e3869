import { RandomStream, product } from '@ttrec/core';
import { ttSvd, type FloatArray } from '@ttrec/tensor-train';
import { ttSvdStreamed, ttSvdWeighted, type StreamedOptions } from '@ttrec/tensor-train/decompose';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { dense, norm, randomDense, randomMatrix, relativeDistance, seeds, shapes } from './random-tt.ts';

/** Reads a table that lies in memory, and remembers which rows were asked for. */
function readerOf(table: NdArray<FloatArray>) {
  const asked: [number, number][] = [];
  const numCols = table.shape[1]!;
  const read = (start: number, end: number) => {
    asked.push([start, end]);
    return table.data.subarray(start * numCols, end * numCols);
  };
  return { read, asked };
}

const stream = () => new RandomStream(2, 'sketch');

describe('ttSvdStreamed', () => {
  test('is TT-SVD from right to left', () => {
    const manyCores = shapes.filter(({ rowShape }) => rowShape.length > 1);
    fc.assert(
      fc.property(manyCores, seeds, fc.integer({ min: 1, max: 4 }), ({ rowShape, colShape }, seed, ranks) => {
        const numRows = product(rowShape);
        const numCols = product(colShape);
        const table = randomDense(numRows, numCols, seed);
        const factors = { rowShape, colShape, ranks };
        const streamed = ttSvdStreamed(readerOf(table).read, { numRows, numCols, ...factors });
        const inMemory = ttSvd(table, { ...factors, sweep: 'right-to-left' });
        expect(Math.abs(streamed.error - inMemory.error)).toBeLessThan(1e-6 * norm(table.data));
        expect(streamed.clipped).toEqual(inMemory.clipped);
        const distance = norm(dense(streamed.tt).map((value, at) => value - table.data[at]!));
        expect(Math.abs(streamed.error - distance)).toBeLessThan(1e-6 * norm(table.data));
      }),
    );
  });

  test('with weights, is the weighted TT-SVD without refinement', () => {
    const factors = { rowShape: [5, 6, 8], colShape: [2, 2, 2], ranks: 4 };
    const table = randomDense(233, 8, 3);
    // A table whose last digits are not filled, and weights that are no product of digits.
    const weights = Float64Array.from({ length: 233 }, (_, i) => ((i * 7) % 11) / (i + 1));
    const options = { ...factors, weights };
    const streamed = ttSvdStreamed(readerOf(table).read, { ...options, numRows: 233, numCols: 8 });
    const inMemory = ttSvdWeighted(table, { ...options, sweeps: 0 });
    const error = (rebuilt: Float64Array) =>
      Math.sqrt(
        table.data.reduce((sum, x, at) => sum + weights[Math.floor(at / 8)]! * (rebuilt[at]! - x) ** 2, 0),
      );
    // One sweeps from the left, the other from the right: neither is the best of its ranks, both are near it.
    expect(Math.abs(error(dense(streamed.tt)) / error(dense(inMemory.tt)) - 1)).toBeLessThan(0.05);
    expect(error(dense(streamed.tt))).toBeLessThan(
      error(dense(ttSvdStreamed(readerOf(table).read, { ...factors, numRows: 233, numCols: 8 }).tt)),
    );
  });

  test('refuses weights that are not one a row', () => {
    const options = { numRows: 240, numCols: 8, ranks: 2, weights: new Float64Array(3) };
    expect(() => ttSvdStreamed(readerOf(randomDense(240, 8, 3)).read, options)).toThrow(
      refusal('tensor-train/bad-weights', 'one weight for each of the 240 rows, got 3'),
    );
  });

  // A block holds a million entries, 32,768 rows: these take two of them and ten.
  test.each([45_000, 300_000])(
    '%i float32 rows, the last factor not filled: every row read once a pass',
    (numRows) => {
      const shape = { rowShape: [61, 71, 71], colShape: [2, 4, 4], ranks: [1, 5, 6, 1] };
      const planted = randomMatrix(shape, 4);
      const values = Float32Array.from(dense(planted).subarray(0, numRows * 32));
      const table = ndarray(values, [numRows, 32]);
      const { read, asked } = readerOf(table);
      const options = { rowShape: shape.rowShape, colShape: shape.colShape, ranks: 12 };
      const { tt, relativeError } = ttSvdStreamed(read, { numRows, numCols: 32, ...options });
      const rebuilt = dense(tt).subarray(0, values.length);
      expect(Math.abs(relativeDistance(rebuilt, values) - relativeError)).toBeLessThan(1e-6);
      // A planted TT that is cut off in the middle of a digit keeps twice its ranks at most.
      expect(relativeError).toBeLessThan(1e-6);
      const pass = asked.slice(0, asked.length / 2);
      expect(asked).toEqual([...pass, ...pass]);
      pass.forEach(([start], at) => expect(start).toBe(at === 0 ? 0 : pass[at - 1]![1]));
      expect(pass.at(-1)![1]).toBe(numRows);
    },
  );

  test('an error asked for is kept', () => {
    const table = randomDense(60, 12, 3);
    const options = { numRows: 60, numCols: 12, rowShape: [3, 4, 5], colShape: [2, 2, 3] };
    const { relativeError } = ttSvdStreamed(readerOf(table).read, { ...options, relativeError: 0.3 });
    expect(relativeError).toBeLessThanOrEqual(0.3);
    expect(relativeError).toBeGreaterThan(0.1);
  });
});

describe('sketch', () => {
  const table = ndarray(
    randomDense(480, 24, 7).data.map((noise, at) => {
      const [x, y] = [Math.floor(at / 24) / 480, (at % 24) / 24];
      return 1 / (0.1 + x + y) + Math.sin(9 * x * y) + 1e-3 * noise;
    }),
    [480, 24],
  );
  const options = { numRows: 480, numCols: 24, rowShape: [6, 8, 10], colShape: [2, 3, 4] };

  test('comes within 5 % of the Gram matrix with one power iteration, within 50 % in two passes', () => {
    const gram = ttSvdStreamed(readerOf(table).read, { ...options, ranks: 4 }).error;
    const sketched = (powerIterations: number) => {
      const { read, asked } = readerOf(table);
      const method = { method: 'sketch', stream: stream(), powerIterations } as const;
      const { error } = ttSvdStreamed(read, { ...options, ranks: 4, ...method });
      expect(asked.length).toBe(2 + powerIterations);
      return error;
    };
    expect(sketched(0)).toBeLessThan(1.5 * gram);
    expect(sketched(1)).toBeLessThan(1.05 * gram);
  });

  test('the error it reports is the error; the same seed gives the same bits', () => {
    const once = () =>
      ttSvdStreamed(readerOf(table).read, { ...options, ranks: 4, method: 'sketch', stream: stream() });
    const { tt, error } = once();
    const distance = norm(dense(tt).map((value, at) => value - table.data[at]!));
    expect(Math.abs(error - distance)).toBeLessThan(1e-6 * norm(table.data));
    expect(dense(once().tt)).toEqual(dense(tt));
  });

  test('an error that its directions cannot meet is refused, not missed', () => {
    const noise = readerOf(randomDense(480, 24, 8)).read;
    expect(() =>
      ttSvdStreamed(noise, { ...options, relativeError: 0.01, method: 'sketch', stream: stream() }),
    ).toThrow(refusal('tensor-train/sketch-too-small', 'with its 24 directions. Ask for ranks'));
  });
});

describe('bad input', () => {
  const table = randomDense(60, 12, 1);
  const good: StreamedOptions = {
    numRows: 60,
    numCols: 12,
    rowShape: [3, 4, 5],
    colShape: [2, 2, 3],
    ranks: 2,
  };
  const { read } = readerOf(table);

  test.each([
    [{ ...good, numRows: 0 }, 'bad-num-rows', 'numRows: must be an integer from 1 to 4294967296, got 0.'],
    [{ ...good, numCols: 0 }, 'bad-num-cols', 'numCols'],
    [
      { ...good, rowShape: [60], colShape: [12] },
      'one-core',
      'cores: must be at least 2 for a table to be compressed',
    ],
    [{ ...good, method: 'sketch' }, 'no-stream', 'stream: must be given for the method sketch'],
    [{ ...good, method: 'svd' }, 'bad-method', 'method: must be one of gram, sketch, got svd.'],
    [{ ...good, method: 'sketch', stream: stream(), powerIterations: 0.5 }, 'bad-method', 'powerIterations'],
    [{ ...good, bytes: 3 }, 'bad-truncation', 'got ranks and bytes'],
  ])('refuses %j', (options, code, words) => {
    expect(() => ttSvdStreamed(read, options as StreamedOptions)).toThrow(
      refusal(`tensor-train/${code}`, words),
    );
  });

  test('refuses blocks of the wrong length and numbers that are not finite', () => {
    expect(() => ttSvdStreamed(() => new Float32Array(7), good)).toThrow(
      refusal('tensor-train/bad-block', 'rows 0 to 59: must be 60 x 12 numbers, got 7.'),
    );
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      const bad = randomDense(60, 12, 1);
      bad.set(41, 7, value);
      expect(() => ttSvdStreamed(readerOf(bad).read, good)).toThrow(
        refusal('tensor-train/not-finite', `row 41, column 7: must be a finite number, got ${value}.`),
      );
    }
  });

  test('refuses blocks of different precision', () => {
    const mixed = (start: number, end: number) =>
      start === 0 ? new Float32Array((end - start) * 64) : new Float64Array((end - start) * 64);
    expect(() => ttSvdStreamed(mixed, { numRows: 40_000, numCols: 64, ranks: 2 })).toThrow(
      refusal('tensor-train/bad-block', 'must have the precision of the first block, got Float64Array.'),
    );
  });
});
