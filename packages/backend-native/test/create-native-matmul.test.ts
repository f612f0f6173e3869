import { RandomStream } from '@ttrec/core';
import { createNativeMatmul, type InstructionSet } from '@ttrec/backend-native';
import { describe, expect, test } from 'vitest';
import { engines } from './engines.ts';

const runnable = engines.filter(({ skip }) => !skip);

/** The product in float64, and the sum of the absolute values of what it adds, to which its errors are relative. */
function oracle(
  [a, b]: readonly [Float32Array, Float32Array],
  [m, n, k]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
): { value: Float64Array; scale: Float64Array } {
  const [value, scale] = [new Float64Array(m * n), new Float64Array(m * n)];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let l = 0; l < k; l++) {
        const term = a[transposeA ? l * m + i : i * k + l]! * b[transposeB ? j * k + l : l * n + j]!;
        value[i * n + j]! += term;
        scale[i * n + j]! += Math.abs(term);
      }
    }
  }
  return { value, scale };
}

function normals(name: string, length: number): Float32Array {
  const stream = new RandomStream(3, name);
  return Float32Array.from({ length }, () => stream.nextNormal());
}

describe.each(runnable)('$simd', ({ simd }) => {
  const matmul = createNativeMatmul({ simd });

  test.each([
    [5, 7, 3],
    [64, 64, 20_000],
    [33, 1, 9000],
    [1, 40, 17],
    [0, 3, 4],
  ] as const)('is the product, %d x %d, sums of %d', (m, n, k) => {
    const [a, b] = [normals('a', m * k), normals('b', k * n)];
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const out = new Float32Array(m * n + 1).fill(9);
        matmul({ a, b, out, m, n, k, transposeA, transposeB });
        const { value, scale } = oracle([a, b], [m, n, k], [transposeA, transposeB]);
        // Blocks of 8,192 terms are added up: no chain of roundings is longer, but for one for each block.
        const unit = 2 ** -23 * (Math.min(k, 8192) + 4);
        value.forEach((want, i) => expect(Math.abs(out[i]! - want)).toBeLessThanOrEqual(unit * scale[i]!));
        expect(out.at(-1)).toBe(9);
      }
    }
  });

  // Of which only half is computed, in tiles that the diagonal cuts anywhere.
  test.each([
    [4, 30],
    [33, 257],
    [600, 200],
  ])('a matrix with its own transpose has the bits of any other product, %d x %d', (n, k) => {
    const a = normals('symmetric', n * k);
    for (const transposeA of [false, true]) {
      const [half, whole] = [new Float32Array(n * n), new Float32Array(n * n)];
      const rest = { a, m: n, n, k, transposeA, transposeB: !transposeA };
      matmul({ ...rest, b: a, out: half });
      matmul({ ...rest, b: a.slice(), out: whole });
      expect(half).toEqual(whole);
    }
  });

  test('an empty sum is zero', () => {
    const out = new Float32Array(6).fill(1);
    matmul({ a: new Float32Array(0), b: new Float32Array(0), out, m: 2, n: 3, k: 0 });
    expect([...out]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('an array that is too short is refused, and nothing is written', () => {
    const out = new Float32Array(4).fill(1);
    const [a, b] = [new Float32Array(3), new Float32Array(4)];
    expect(() => matmul({ a, b, out, m: 2, n: 2, k: 2 })).toThrow(
      '[backend-native] a: must be a Float32Array of at least 4 numbers, got 3.',
    );
    expect([...out]).toEqual([1, 1, 1, 1]);
  });
});

describe.each(runnable)('$simd, swapAxes', ({ simd }) => {
  const swapAxes = createNativeMatmul({ simd }).swapAxes!;

  test.each([
    [1, 1, 1, 1],
    [3, 5, 2, 4],
    [2, 4, 3, 1],
    [2, 3, 4, 7],
    [1, 3, 2, 40],
    [2, 0, 3, 4],
  ])('%d blocks of %d rows of %d pieces of %d numbers', (blocks, rows, pieces, length) => {
    const size = blocks * rows * pieces * length;
    const from = normals('from', size);
    const to = new Float32Array(size + 1).fill(9);
    swapAxes({ from, to, blocks, rows, pieces, length });
    const wanted = from.map((_, at) => {
      const [i, row, piece] = [
        at % length,
        Math.floor(at / length) % rows,
        Math.floor(at / length / rows) % pieces,
      ];
      const block = at - (at % (rows * pieces * length));
      return from[block + (row * pieces + piece) * length + i]!;
    });
    expect([...to]).toEqual([...wanted, 9]);
  });

  test('refuses arrays that are too short and extents that are none', () => {
    const [from, to] = [new Float32Array(8), new Float32Array(7)];
    const args = { from, to, blocks: 1, rows: 2, pieces: 2, length: 2 };
    expect(() => swapAxes(args)).toThrow(
      '[backend-native] to: must be a Float32Array of at least 8 numbers, got 7.',
    );
    expect(() => swapAxes({ ...args, rows: -1 })).toThrow('rows: must be an integer of at least 0, got -1.');
    expect([...to]).toEqual(new Array(7).fill(0));
  });
});

test('an instruction set that is none is refused', () => {
  expect(() => createNativeMatmul({ simd: 'sse' as InstructionSet })).toThrow('must be one of auto, avx512');
});
