import { product } from '@ttrec/core';
import { ttSvd, type Matmul } from '@ttrec/tensor-train';
import { toLowRank } from '@ttrec/tensor-train/algebra';
import { ttSvdStreamed, type StreamedOptions } from '@ttrec/tensor-train/decompose';
import { transpose } from '@ttrec/tensor-train/matrices';
import { matmul } from '../src/linear-algebra/matmul.ts';
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import type * as DenseSvd from '../src/linear-algebra/svd/dense-svd.ts';
import { dense, norm, randomDense, randomMatrix, relativeDistance, seeds } from './random-tt.ts';

/** Sides of the eigenproblems solved. */
const solved: number[] = [];
vi.mock('../src/linear-algebra/svd/dense-svd.ts', async (original) => {
  const module = await original<typeof DenseSvd>();
  const gramSingular: typeof module.gramSingular = (gram, n, exponent) => {
    solved.push(n);
    return module.gramSingular(gram, n, exponent);
  };
  return { ...module, gramSingular };
});
beforeEach(() => void solved.splice(0));

/** Multiply-adds handed to a matrix product; half of a symmetric one. */
function counted(): { count: () => number; matmul: Matmul } {
  let sum = 0;
  const counting: Matmul = (args) => {
    sum += (args.m * args.n * args.k) / (args.a === args.b ? 2 : 1);
    matmul(args);
  };
  return { count: () => sum, matmul: counting };
}

function reading(numRows: number, numCols: number, seed: number) {
  const table = randomDense(numRows, numCols, seed);
  const read = (start: number, end: number) => table.data.subarray(start * numCols, end * numCols);
  return { table, read };
}

const cube = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size ** 3, 0);

test('4536 x 100, of which the last core is 2835 long, takes no more work streamed than in memory', () => {
  const { table, read } = reading(4536, 100, 1);
  const options = { rowShape: [2, 2, 2, 567], colShape: [2, 2, 5, 5], ranks: 10 };
  const [streaming, inMemory] = [counted(), counted()];
  const streamed = ttSvdStreamed(read, {
    ...options,
    numRows: 4536,
    numCols: 100,
    matmul: streaming.matmul,
  });
  const sizes = solved.splice(0);
  const expected = ttSvd(table, {
    ...options,
    method: 'gram',
    sweep: 'right-to-left',
    matmul: inMemory.matmul,
  });
  // 160 = 4536 * 100 / (567 * 5), the other side of that unfolding.
  expect(Math.max(...sizes)).toBe(160);
  expect(sizes).toEqual(solved);
  expect(streaming.count()).toBeLessThan(1.1 * inMemory.count());
  expect(Math.abs(streamed.error - expected.error)).toBeLessThan(1e-8 * norm(table.data));
  expect(relativeDistance(dense(streamed.tt), dense(expected.tt))).toBeLessThan(1e-8);
});

test('a plain product of low rank takes the shorter side of the table, high or wide', () => {
  const high = randomMatrix({ rowShape: [8, 30], colShape: [2, 3], ranks: [1, 3, 1] }, 1);
  for (const tt of [high, transpose(high)]) {
    toLowRank(tt, { rank: 2 });
    expect(solved.splice(0)).toEqual([6]);
  }
});

/** Two to four cores with one long one anywhere. */
const lopsided = fc.integer({ min: 2, max: 4 }).chain((d) =>
  fc.record({
    rowShape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: d, maxLength: d }),
    colShape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: d, maxLength: d }),
    long: fc.integer({ min: 0, max: d - 1 }),
    length: fc.integer({ min: 4, max: 40 }),
    missing: fc.integer({ min: 0, max: 3 }),
  }),
);

test('no eigenproblem is larger than the shorter side of its unfolding, and every row is read once a pass', () => {
  fc.assert(
    fc.property(lopsided, seeds, fc.integer({ min: 1, max: 4 }), (drawn, seed, ranks) => {
      const { colShape, long, length, missing } = drawn;
      const rowShape = drawn.rowShape.map((p, k) => (k === long ? length : p));
      const held = product(rowShape);
      const numRows = Math.max(1, held - missing);
      const numCols = product(colShape);
      const { table, read } = reading(numRows, numCols, seed);
      const times = new Uint32Array(numRows);
      const asking = (start: number, end: number) => {
        for (let row = start; row < end; row++) times[row]!++;
        return read(start, end);
      };
      solved.splice(0);
      const options: StreamedOptions = { numRows, numCols, rowShape, colShape, ranks };
      const streamed = ttSvdStreamed(asking, options);
      const sizes = solved.splice(0);
      expect([...times]).toEqual([...times].fill(2));
      const inMemory = ttSvd(table, { rowShape, colShape, ranks, method: 'gram', sweep: 'right-to-left' });
      expect(cube(sizes)).toBeLessThanOrEqual(cube(solved));
      expect(Math.abs(streamed.error - inMemory.error)).toBeLessThan(1e-6 * norm(table.data));
      expect(streamed.tt.shape).toEqual(inMemory.tt.shape);
      const rebuilt = dense(streamed.tt).subarray(0, table.data.length);
      const distance = norm(rebuilt.map((value, at) => value - table.data[at]!));
      // The padding is part of what is decomposed.
      expect(distance).toBeLessThanOrEqual(streamed.error + 1e-6 * norm(table.data));
    }),
  );
});
