import { product } from '@ttrec/core';
import { toDense, type TTShape } from '@ttrec/tensor-train';
import {
  add,
  distance,
  frobeniusNorm,
  hadamard,
  innerProduct,
  scale,
  subtract,
} from '@ttrec/tensor-train/algebra';
import {
  concatenateRows,
  multiply,
  multiplyDense,
  multiplyVector,
  sliceDigits,
  sliceRows,
  transpose,
  windowRows,
} from '@ttrec/tensor-train/matrices';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import {
  dense,
  norm,
  normal,
  randomDense,
  randomMatrix,
  randomTensor,
  ranksFor,
  relativeDistance,
  seeds,
  shapes,
} from './random-tt.ts';

/** Identities hold to the rounding of float64: 1e-10 of the size of the result, or of 1. */
const TOLERANCE = 1e-10;

/** Two TT-matrices of the same factors and unrelated ranks. */
const pairs = shapes.chain((shape) =>
  fc
    .tuple(ranksFor(shape.rowShape.length), seeds)
    .map(
      ([ranks, seed]) => [randomMatrix(shape, seed), randomMatrix({ ...shape, ranks }, seed + 1)] as const,
    ),
);

describe('entry by entry, against dense arithmetic', () => {
  const identities = {
    add: [add, (x: number, y: number) => x + y],
    subtract: [subtract, (x: number, y: number) => x - y],
    hadamard: [hadamard, (x: number, y: number) => x * y],
  } as const;

  test.each(Object.entries(identities))('%s', (_, [operation, scalar]) => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const [x, y] = [dense(a), dense(b)];
        const expected = x.map((value, at) => scalar(value, y[at]!));
        expect(relativeDistance(dense(operation(a, b)), expected)).toBeLessThan(TOLERANCE);
      }),
    );
  });

  test('ranks add up, and multiply', () => {
    const a = randomMatrix({ rowShape: [2, 3, 2], colShape: [2, 1, 2], ranks: [1, 2, 3, 1] }, 1);
    const b = randomMatrix({ rowShape: [2, 3, 2], colShape: [2, 1, 2], ranks: [1, 4, 5, 1] }, 2);
    expect(add(a, b).shape.ranks).toEqual([1, 6, 8, 1]);
    expect(hadamard(a, b).shape.ranks).toEqual([1, 8, 15, 1]);
  });

  test('scale', () => {
    fc.assert(
      fc.property(shapes, seeds, fc.double({ min: -1e3, max: 1e3, noNaN: true }), (shape, seed, factor) => {
        const a = randomMatrix(shape, seed);
        const expected = dense(a).map((value) => value * factor);
        expect(relativeDistance(dense(scale(a, factor)), expected)).toBeLessThan(TOLERANCE);
      }),
    );
  });

  test('tensors too', () => {
    const a = randomTensor([3, 4, 2], [1, 2, 3, 1], 1);
    const b = randomTensor([3, 4, 2], [1, 3, 2, 1], 2);
    const [x, y] = [dense(a), dense(b)];
    expect(
      relativeDistance(
        dense(add(a, b)),
        x.map((v, i) => v + y[i]!),
      ),
    ).toBeLessThan(TOLERANCE);
    expect(
      relativeDistance(
        dense(hadamard(a, b)),
        x.map((v, i) => v * y[i]!),
      ),
    ).toBeLessThan(TOLERANCE);
    expect(add(a, b).modes).toEqual([3, 4, 2]);
    expect(Math.abs(frobeniusNorm(a) - norm(x))).toBeLessThan(TOLERANCE * norm(x));
    expect(Math.abs(distance(a, b) - norm(x.map((v, i) => v - y[i]!)))).toBeLessThan(TOLERANCE * norm(x));
  });
});

describe('numbers without reconstruction', () => {
  test('inner product, norm and distance', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const [x, y] = [dense(a), dense(b)];
        const size = Math.max(1, norm(x) * norm(y));
        const inner = x.reduce((sum, value, at) => sum + value * y[at]!, 0);
        expect(Math.abs(innerProduct(a, b) - inner)).toBeLessThan(TOLERANCE * size);
        expect(Math.abs(frobeniusNorm(a) - norm(x))).toBeLessThan(TOLERANCE * Math.max(1, norm(x)));
        const difference = norm(x.map((value, at) => value - y[at]!));
        expect(Math.abs(distance(a, b) - difference)).toBeLessThan(TOLERANCE * Math.max(1, norm(x), norm(y)));
      }),
    );
  });

  test('the distance of near neighbours is not lost in rounding', () => {
    const shape = { rowShape: [3, 4, 3], colShape: [2, 2, 2], ranks: [1, 3, 3, 1] };
    const a = randomMatrix(shape, 1);
    const b = add(a, scale(randomMatrix({ ...shape, ranks: [1, 1, 1, 1] }, 2), 1e-11));
    const expected = 1e-11 * frobeniusNorm(randomMatrix({ ...shape, ranks: [1, 1, 1, 1] }, 2));
    // Inner products would be off by 1e-8 of the norm; what is left here is 1e-16 of the norm over 1e-11.
    expect(Math.abs(distance(a, b) / expected - 1)).toBeLessThan(1e-3);
  });
});

describe('products', () => {
  test('a TT-matrix times dense matrices and vectors, and its transpose', () => {
    fc.assert(
      fc.property(shapes, seeds, fc.integer({ min: 1, max: 3 }), (shape, seed, columns) => {
        const a = randomMatrix(shape, seed);
        const full = toDense(a);
        const [rows, inner] = full.shape as [number, number];
        const x = randomDense(inner, columns, seed);
        const expected = denseProduct(full.data, x.data, { m: rows, n: columns, k: inner });
        expect(relativeDistance(multiplyDense(a, x).data, expected)).toBeLessThan(TOLERANCE);
        const vector = normal(rows, seed, 'vector');
        const across = denseProduct(vector, full.data, { m: 1, n: inner, k: rows });
        expect(relativeDistance(multiplyVector(transpose(a), vector), across)).toBeLessThan(TOLERANCE);
      }),
    );
  });

  test('a TT-matrix times a TT-matrix', () => {
    const chains = shapes.chain((first) =>
      fc.tuple(
        fc.constant(first),
        fc.array(fc.integer({ min: 1, max: 3 }), {
          minLength: first.rowShape.length,
          maxLength: first.rowShape.length,
        }),
        ranksFor(first.rowShape.length),
        seeds,
      ),
    );
    fc.assert(
      fc.property(chains, ([first, colShape, ranks, seed]) => {
        const a = randomMatrix(first, seed);
        const b = randomMatrix({ rowShape: first.colShape, colShape, ranks }, seed + 1);
        const [x, y] = [toDense(a), toDense(b)];
        const expected = denseProduct(x.data, y.data, { m: x.shape[0]!, n: y.shape[1]!, k: x.shape[1]! });
        expect(relativeDistance(dense(multiply(a, b)), expected)).toBeLessThan(TOLERANCE);
      }),
    );
  });

  test('the transpose is a view', () => {
    const a = randomMatrix({ rowShape: [2, 3], colShape: [4, 1], ranks: [1, 2, 1] }, 1);
    expect(transpose(a).cores[0]!.data).toBe(a.cores[0]!.data);
    expect(toDense(transpose(a)).shape).toEqual([4, 6]);
  });
});

describe('rows', () => {
  const shape: TTShape = { rowShape: [4, 3, 5], colShape: [2, 1, 2], ranks: [1, 3, 2, 1] };
  const a = randomMatrix(shape, 6);
  const full = dense(a);

  test.each([
    [0, 60],
    [15, 45],
    [30, 45],
    [35, 40],
    [35, 45],
    [52, 54],
    [59, 60],
  ])('rows %i to %i are a slice', (start, end) => {
    const slice = sliceRows(a, start, end);
    expect(slice.cores[0]!.data).toBe(a.cores[0]!.data);
    expect(relativeDistance(dense(slice), full.subarray(4 * start, 4 * end))).toBeLessThan(TOLERANCE);
  });

  test('digits of every core', () => {
    const slice = sliceDigits(a, [[1, 3], null, [2, 4]]);
    const rows = [1, 2].flatMap((i) => [0, 1, 2].flatMap((j) => [2, 3].map((k) => (i * 3 + j) * 5 + k)));
    expect(
      relativeDistance(
        dense(slice),
        rows.flatMap((row) => [...full.subarray(4 * row, 4 * row + 4)]),
      ),
    ).toBeLessThan(TOLERANCE);
  });

  test('a window on any range begins with its rows, goes on with those behind, and ends in zeros', () => {
    const windows = shapes.chain((first) => {
      const numRows = product(first.rowShape);
      const bounds = fc.tuple(fc.nat(numRows - 1), fc.nat(numRows - 1));
      return fc.tuple(fc.constant(first), seeds, bounds);
    });
    fc.assert(
      fc.property(windows, ([first, seed, [x, y]]) => {
        const tt = randomMatrix(first, seed);
        const numCols = product(first.colShape);
        const [start, end] = [Math.min(x, y), Math.max(x, y) + 1];
        const window = windowRows(tt, start, end);
        const got = dense(window);
        const behind = dense(tt).subarray(start * numCols, start * numCols + got.length);
        const expected = new Float64Array(got.length);
        expected.set(behind);
        expect(relativeDistance(got, expected)).toBeLessThan(TOLERANCE);
        expect(got.length).toBeGreaterThanOrEqual((end - start) * numCols);
        window.shape.ranks.forEach((rank, k) => expect(rank).toBeLessThanOrEqual(2 * first.ranks[k]!));
      }),
    );
  });

  test('a window doubles only the ranks behind which something is added, and cuts factors', () => {
    expect(windowRows(a, 15, 45).shape).toEqual({ ...shape, rowShape: [2, 3, 5] });
    expect(windowRows(a, 5, 25).shape.ranks).toEqual([1, 6, 2, 1]);
    expect(windowRows(a, 13, 17).shape).toEqual({ ...shape, rowShape: [1, 1, 4], ranks: [1, 6, 4, 1] });
    expect(() => windowRows(a, 7, 7)).toThrow(
      refusal('tensor-train/bad-slice', 'end: must be an integer from 8 to 60'),
    );
    expect(() => windowRows(a, 60, 61)).toThrow(
      refusal('tensor-train/bad-slice', 'start: must be an integer from 0 to 59'),
    );
  });

  test('rows put together are rows one above the other', () => {
    fc.assert(
      fc.property(shapes, seeds, fc.integer({ min: 1, max: 4 }), (first, seed, more) => {
        const above = randomMatrix(first, seed);
        const rowShape = [more, ...first.rowShape.slice(1)];
        const below = randomMatrix({ ...first, rowShape }, seed + 1);
        const both = concatenateRows(above, below);
        expect(relativeDistance(dense(both), [...dense(above), ...dense(below)])).toBeLessThan(TOLERANCE);
        expect(both.shape.rowShape[0]).toBe(first.rowShape[0]! + more);
      }),
    );
  });

  test.each([
    [
      2,
      7,
      'unaligned-rows',
      'multiples of one block (15, 5, 1), within one block of the next larger size, got 2 to 7. windowRows takes any range.',
    ],
    [10, 25, 'unaligned-rows', 'got 10 to 25.'],
    [-1, 5, 'bad-slice', 'start: must be an integer from 0 to 59, got -1.'],
    [5, 5, 'bad-slice', 'end: must be an integer from 6 to 60, got 5.'],
    [0, 61, 'bad-slice', 'end: must be an integer from 1 to 60, got 61.'],
  ])('rows %i to %i are refused', (start, end, code, words) => {
    expect(() => sliceRows(a, start, end)).toThrow(refusal(`tensor-train/${code}`, words));
  });

  test('ranges that do not fit are refused', () => {
    expect(() => sliceDigits(a, [null])).toThrow(
      refusal('tensor-train/bad-slice', 'one range for each of the 3 cores, got 1'),
    );
    expect(() => sliceDigits(a, [[0, 5], null, null])).toThrow(
      refusal('tensor-train/bad-slice', 'ranges[0]: end: must be an integer from 1 to 4'),
    );
  });
});

describe('bad input', () => {
  const a = randomMatrix({ rowShape: [2, 3], colShape: [2, 2], ranks: [1, 2, 1] }, 1);
  const other = randomMatrix({ rowShape: [3, 2], colShape: [2, 2], ranks: [1, 2, 1] }, 1);

  test.each([
    ['add', add],
    ['subtract', subtract],
    ['hadamard', hadamard],
    ['innerProduct', innerProduct],
    ['distance', distance],
  ])('%s refuses other factors', (name, operation) => {
    expect(() => operation(a, other)).toThrow(
      refusal(
        'tensor-train/different-factors',
        `${name}: must be given two TTs of the same factors, rows 2 x 3, columns 2 x 2, got rows 3 x 2, columns 2 x 2.`,
      ),
    );
  });

  test('products and rows refuse what does not fit', () => {
    expect(() => multiply(a, other)).toThrow(refusal('tensor-train/different-factors', '2 x 2, got 3 x 2'));
    expect(() => multiplyVector(a, new Float64Array(3))).toThrow(
      refusal('tensor-train/wrong-columns', 'columns, 4, got [3,1]'),
    );
    expect(() => concatenateRows(a, other)).toThrow(
      refusal('tensor-train/different-factors', 'except for the first row factor'),
    );
    expect(() => scale(a, Number.NaN)).toThrow(
      refusal('tensor-train/not-finite', 'factor: must be a finite number, got NaN'),
    );
  });
});

/** A plain product, the oracle. */
function denseProduct(
  a: Float64Array,
  b: Float64Array,
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) for (let l = 0; l < k; l++) out[i * n + j]! += a[i * k + l]! * b[l * n + j]!;
  }
  return out;
}
