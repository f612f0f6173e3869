import { fillNormal, RandomStream } from '@ttrec/core';
import { matmul } from '../src/linear-algebra/matmul.ts';
import { describe, expect, test } from 'vitest';

function random(length: number, name: string): Float64Array {
  const values = new Float64Array(length);
  fillNormal(values, new RandomStream(1, name));
  return values;
}

/** Shapes on, below and above the edges of tiles (4) and blocks (128 rows, 256 terms). */
const SHAPES = [
  { m: 1, n: 1, k: 1 },
  { m: 3, n: 5, k: 2 },
  { m: 4, n: 4, k: 256 },
  { m: 128, n: 8, k: 257 },
  { m: 130, n: 7, k: 513 },
  { m: 5, n: 1, k: 300 },
  { m: 2, n: 3, k: 0 },
];

describe.each(SHAPES)('matmul of $m x $k by $k x $n', ({ m, n, k }) => {
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('transposeA %s, transposeB %s', (transposeA, transposeB) => {
    const a = random(m * k, 'a');
    const b = random(k * n, 'b');
    const out = new Float64Array(m * n).fill(7);
    matmul({ a, b, out, m, n, k, transposeA, transposeB });
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let expected = 0;
        for (let l = 0; l < k; l++) {
          expected += a[transposeA ? l * m + i : i * k + l]! * b[transposeB ? j * k + l : l * n + j]!;
        }
        // Sums of at most 513 products of normal numbers: rounding is near 1e-14, far below 1e-11.
        expect(Math.abs(out[i * n + j]! - expected)).toBeLessThan(1e-11);
      }
    }
  });

  test('float32 in and out', () => {
    const a = Float32Array.from(random(m * k, 'a'));
    const b = Float32Array.from(random(k * n, 'b'));
    const out = new Float32Array(m * n);
    const exact = new Float64Array(m * n);
    matmul({ a, b, out, m, n, k });
    matmul({ a, b, out: exact, m, n, k });
    // Rounded once for each of at most three blocks; a sum of 513 terms stays below 128 in size.
    out.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThan(3 * 128 * 2 ** -24));
  });
});

describe('an array times its own transpose', () => {
  test.each([
    [1, 3],
    [7, 5],
    [130, 300],
    [257, 2],
  ])('is what two arrays give, bit for bit: %i sums of %i terms', (n, k) => {
    for (const transposeA of [true, false]) {
      const a = random(n * k, 'a');
      const shape = { m: n, n, k, transposeA, transposeB: !transposeA };
      const [half, whole] = [new Float64Array(n * n), new Float64Array(n * n)];
      matmul({ ...shape, a, b: a, out: half });
      matmul({ ...shape, a, b: a.slice(), out: whole });
      expect(half).toEqual(whole);
    }
  });

  test('is not taken for one when both or neither are transposed', () => {
    const a = random(9, 'a');
    const [same, other] = [new Float64Array(9), new Float64Array(9)];
    matmul({ a, b: a, out: same, m: 3, n: 3, k: 3 });
    matmul({ a, b: a.slice(), out: other, m: 3, n: 3, k: 3 });
    expect(same).toEqual(other);
  });
});
