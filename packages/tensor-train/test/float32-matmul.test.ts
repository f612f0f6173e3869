import { toDense, ttSvd } from '@ttrec/tensor-train';
import { add, scale } from '@ttrec/tensor-train/algebra';
import {
  fromFloat32Matmul,
  ttSvdStreamed,
  type Float32Matmul,
  type SwapAxes,
} from '@ttrec/tensor-train/decompose';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { dense, norm, normal, randomMatrix, relativeDistance } from './random-tt.ts';

/** Sums in float32, term after term: less exact than any kernel that sums in blocks. */
const kernel: Float32Matmul = ({ a, b, out, m, n, k, transposeA = false, transposeB = false }) => {
  const [aRow, aTerm] = transposeA ? [1, m] : [k, 1];
  const [bColumn, bTerm] = transposeB ? [k, 1] : [1, n];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++)
        sum = Math.fround(sum + Math.fround(a[i * aRow + l * aTerm]! * b[j * bColumn + l * bTerm]!));
      out[i * n + j] = sum;
    }
  }
};

const factors = { rowShape: [10, 8, 12], colShape: [2, 2, 3] };
const [numRows, numCols] = [960, 12];

/** A TT of ranks 4 and one of a fraction of its size, in one table. */
function table(fraction: number) {
  const shape = { ...factors, ranks: [1, 4, 4, 1] };
  const both = add(randomMatrix(shape, 1), scale(randomMatrix(shape, 2), fraction));
  return ndarray(Float32Array.from(toDense(both).data), [numRows, numCols]);
}

describe('fromFloat32Matmul', () => {
  test('rounds operands in float64, fills results of either kind, and keeps one operand one', () => {
    const a = normal(6, 1);
    const operands: boolean[] = [];
    const matmul = fromFloat32Matmul((args) => {
      operands.push(args.a === args.b);
      kernel(args);
    });
    const [narrow, wide] = [new Float32Array(4), new Float64Array(4)];
    for (const out of [narrow, wide]) matmul({ a, b: a, out, m: 2, n: 2, k: 3, transposeB: true });
    matmul({ a, b: a.slice(), out: narrow, m: 2, n: 2, k: 3 });
    expect(operands).toEqual([true, true, false]);
    expect(wide[1]).toBeCloseTo(a[0]! * a[3]! + a[1]! * a[4]! + a[2]! * a[5]!, 5);
  });
});

describe('decompositions with a float32 matmul', () => {
  const matmul = fromFloat32Matmul(kernel);

  test.each([1, 1e-2, 1e-3, 1e-4, 1e-6])(
    'never claim to be nearer than they are: a part of %d',
    (fraction) => {
      const { data } = table(fraction);
      const read = (start: number, end: number) => data.subarray(start * numCols, end * numCols);
      for (const truncation of [
        { ranks: 4 },
        { ranks: 8 },
        { relativeError: 1e-2 },
        { relativeError: 1e-5 },
      ]) {
        const results = [
          ttSvd(table(fraction), { ...factors, ...truncation, method: 'gram', matmul }),
          ttSvdStreamed(read, { numRows, numCols, ...factors, ...truncation, matmul }),
        ];
        for (const { tt, relativeError } of results) {
          const distance = relativeDistance(dense(tt), data);
          // The rounding of the cores' own products, of 1e-7 each, comes on top.
          expect(distance).toBeLessThan(relativeError + 2e-6);
          // Gram matrices in float32 hide up to 3e-4 of the largest singular value in each of the 44 smaller ones of the
          // two unfoldings: sqrt(44) * 3e-4 at most.
          expect(relativeError).toBeLessThan(distance + 2e-3);
          expect(distance).toBeLessThan((truncation.relativeError ?? 1) + 2e-6);
        }
      }
    },
  );

  test.each([-100, -40, -20, 3, 20, 60, 110])(
    'the same bits at 2^%d, where squares overflow or vanish, or do not',
    (power) => {
      const { data } = table(0.5);
      const decompose = (of: Float32Array) =>
        [factors, { rowShape: [2, 480], colShape: [2, 6] }].map((shape) => {
          const read = (start: number, end: number) => of.subarray(start * numCols, end * numCols);
          return ttSvdStreamed(read, { numRows, numCols, ...shape, ranks: 4, matmul });
        });
      const scaled = decompose(data.map((value) => value * 2 ** power));
      decompose(data).forEach((at1, i) => {
        expect(scaled[i]!.relativeError).toBe(at1.relativeError);
        expect(dense(scaled[i]!.tt).map((value) => value * 2 ** -power)).toEqual(dense(at1.tt));
      });
    },
  );

  test('a kernel that brings its own copy is given whole groups of rows, and the result has the same bits', () => {
    let copied = 0;
    const swapAxes: SwapAxes = ({ from, to, blocks, rows, pieces, length }) => {
      copied += blocks * rows;
      for (let at = 0; at < blocks * rows * pieces * length; at++) {
        const [i, row, piece] = [
          at % length,
          Math.floor(at / length) % rows,
          Math.floor(at / length / rows) % pieces,
        ];
        to[at] = from[at - (at % (rows * pieces * length)) + (row * pieces + piece) * length + i]!;
      }
    };
    const { data } = table(0.5);
    const read = (start: number, end: number) => data.subarray(start * numCols, end * numCols);
    // The last of 80 groups of 12 rows is not whole.
    const options = { numRows: numRows - 5, numCols, ...factors, ranks: 4 };
    const [mine, plain] = [
      fromFloat32Matmul(Object.assign((...args: Parameters<Float32Matmul>) => kernel(...args), { swapAxes })),
      matmul,
    ].map((product) => ttSvdStreamed(read, { ...options, matmul: product }));
    expect(copied).toBe(2 * 79 * 12);
    expect(dense(mine!.tt)).toEqual(dense(plain!.tt));
    expect(mine!.relativeError).toBe(plain!.relativeError);
  });

  test('the method svd takes singular values from the table itself, and is exact to float32', () => {
    const { tt, relativeError } = ttSvd(table(1e-4), {
      ...factors,
      relativeError: 1e-5,
      method: 'svd',
      matmul,
    });
    expect(tt.shape.ranks).toEqual([1, 8, 8, 1]);
    expect(relativeError).toBeLessThan(1e-5);
    expect(relativeDistance(dense(tt), table(1e-4).data)).toBeLessThan(2e-6);
    expect(norm(table(1e-4).data)).toBeGreaterThan(100);
  });
});
