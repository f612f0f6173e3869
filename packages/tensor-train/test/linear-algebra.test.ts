import { toDense, toFloat32, ttSvd } from '@ttrec/tensor-train';
import { fromFloat32Matmul, type Float32Matmul } from '@ttrec/tensor-train/decompose';
import { matmul } from '../src/linear-algebra/matmul.ts';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gramSingular } from '../src/linear-algebra/svd/dense-svd.ts';
import { maximumVolume } from '../src/linear-algebra/maxvol.ts';
import { qr, triangularFactor } from '../src/linear-algebra/qr.ts';
import { dense, norm, normal, randomDense, randomMatrix, relativeDistance, seeds } from './random-tt.ts';

const sizes = fc.integer({ min: 1, max: 12 });

/** A^T A, [n][n]. */
function gram(a: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(n * n);
  matmul({ a, b: a, out, m: n, n, k: m, transposeA: true });
  return out;
}

const identity = (n: number) => Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));

describe('qr', () => {
  test('A = Q R, Q orthonormal, R upper triangular, any shape and rank', () => {
    fc.assert(
      fc.property(sizes, sizes, seeds, fc.boolean(), (m, n, seed, deficient) => {
        const a = normal(m * n, seed);
        if (deficient) for (let i = 0; i < m; i++) a[i * n] = a[i * n + n - 1]!;
        const k = Math.min(m, n);
        const { q, r } = qr(a, m, n);
        const back = new Float64Array(m * n);
        matmul({ a: q, b: r, out: back, m, n, k });
        expect(relativeDistance(back, a)).toBeLessThan(1e-13);
        expect(norm(gram(q, m, k).map((value, at) => value - identity(k)[at]!))).toBeLessThan(1e-13);
        for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) expect(r[i * n + j]).toBe(0);
      }),
    );
  });

  test('the triangular factor of a long matrix, reduced in chunks, has its Gram matrix', () => {
    const [m, n] = [2500, 7];
    const a = normal(m * n, 3);
    const r = triangularFactor({ a, m, n }, 'columns');
    expect(relativeDistance(gram(r, n, n), gram(a, m, n))).toBeLessThan(1e-13);
    const wide = triangularFactor({ a: ndarrayTransposed(a, m, n), m: n, n: m }, 'rows');
    expect(relativeDistance(gram(wide, n, n), gram(a, m, n))).toBeLessThan(1e-13);
  });
});

function ndarrayTransposed(a: Float64Array, m: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, at) => a[(at % m) * n + Math.floor(at / m)]!);
}

describe('gramSingular', () => {
  /** Q diag(squares) Q^T for a random orthonormal Q. */
  const withSquares = (squares: readonly number[], seed: number) => {
    const n = squares.length;
    const { q } = qr(normal(n * n, seed), n, n);
    const scaled = q.map((value, at) => value * squares[at % n]!);
    const out = new Float64Array(n * n);
    matmul({ a: scaled, b: q, out, m: n, n, k: n, transposeB: true });
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[i * n + j] = out[j * n + i]!;
    return out;
  };
  const spectra: Readonly<Record<string, (n: number, at: number) => number>> = {
    'all apart': (n, at) => n - at,
    'decaying over 12 orders': (n, at) => 10 ** ((-12 * at) / n),
    'all equal': () => 3,
    'a few and zeros': (_, at) => (at < 5 ? 5 - at : 0),
    'a cluster at the top, 1e-14 apart': (_, at) => (at < 20 ? 1 - at * 1e-14 : 0.1),
    'pairs of equal ones': (n, at) => n - 2 * Math.floor(at / 2),
    'noise after ten': (_, at) => (at < 10 ? 100 : 1 + 1e-6 / (1 + at)),
    zeros: () => 0,
  };

  // 63 takes all vectors at once, a quarter of the others is found alone, more is not.
  test.each(Object.entries(spectra))('finds values and orthonormal vectors: %s', (_, square) => {
    for (const [n, count] of [
      [63, 16],
      [64, 16],
      [160, 40],
      [160, 41],
    ] as const) {
      const squares = Array.from({ length: n }, (_value, at) => square(n, at));
      const a = withSquares(squares, n);
      const { values, leading } = gramSingular(a, n);
      const v = leading(count);
      const largest = squares[0]! || 1;
      squares.forEach((value, at) =>
        expect(Math.abs(values[at]! ** 2 - value)).toBeLessThan(1e-13 * largest),
      );
      expect(norm(gram(v, n, count).map((value, at) => value - identity(count)[at]!))).toBeLessThan(1e-12);
      const image = new Float64Array(n * count);
      matmul({ a, b: v, out: image, m: n, n: count, k: n });
      const off = image.map((value, at) => value - squares[at % count]! * v[at]!);
      expect(norm(off)).toBeLessThan(1e-12 * largest);
    }
  });

  test('a matrix that is diagonal already', () => {
    const n = 80;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) a[i * n + i] = ((i * 37) % n) ** 2;
    const { values, leading } = gramSingular(a, n);
    expect([...values]).toEqual(Array.from({ length: n }, (_, at) => n - 1 - at));
    const v = leading(3);
    for (let j = 0; j < 3; j++) {
      const row = Array.from({ length: n }, (_, i) => i).find((i) => (i * 37) % n === n - 1 - j)!;
      expect(Math.abs(v[row * 3 + j]!)).toBeCloseTo(1, 12);
    }
  });
});

describe('maximumVolume', () => {
  test('interpolates with entries near 1 at most, and is the identity at its rows', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 40 }), seeds, (r, more, seed) => {
        const m = r + more;
        const { q } = qr(normal(m * r, seed), m, r);
        const { rows, interpolation } = maximumVolume(q, m, r);
        expect(new Set(rows).size).toBe(r);
        expect(Math.max(...interpolation.map(Math.abs))).toBeLessThan(1.03);
        const chosen = Float64Array.from(
          { length: r * r },
          (_, at) => q[rows[Math.floor(at / r)]! * r + (at % r)]!,
        );
        const back = new Float64Array(m * r);
        matmul({ a: interpolation, b: chosen, out: back, m, n: r, k: r });
        expect(relativeDistance(back, q)).toBeLessThan(1e-11);
      }),
    );
  });

  test('of two rows it takes the larger', () => {
    expect([...maximumVolume(Float64Array.of(0.6, -0.8), 2, 1).rows]).toEqual([1]);
  });
});

describe('a float32 matrix product handed in', () => {
  const seen: number[] = [];
  const kernel: Float32Matmul = (args) => {
    for (const operand of [args.a, args.b, args.out]) expect(operand).toBeInstanceOf(Float32Array);
    seen.push(args.m * args.n * args.k);
    matmul(args);
  };

  test('serves every size and storage, to float32 accuracy', () => {
    const table = ndarray(Float32Array.from(randomDense(60, 12, 1).data), [60, 12]);
    const options = { rowShape: [3, 4, 5], colShape: [2, 2, 3], ranks: 5 };
    const plain = ttSvd(table, options);
    const single = ttSvd(table, { ...options, matmul: fromFloat32Matmul(kernel) });
    expect(seen.length).toBeGreaterThan(0);
    // Singular values below 3e-4 of the largest are lost in a float32 Gram matrix; these are not that small.
    expect(relativeDistance(dense(single.tt), dense(plain.tt))).toBeLessThan(1e-4);
    expect(Math.abs(single.relativeError - plain.relativeError)).toBeLessThan(1e-5);
  });
});

test('toFloat32 rounds the cores and nothing else', () => {
  const tt = randomMatrix({ rowShape: [3, 4], colShape: [2, 2], ranks: [1, 3, 1] }, 1);
  const single = toFloat32(tt);
  expect(single.shape).toEqual(tt.shape);
  single.cores.forEach((core, k) => expect(core.data).toEqual(Float32Array.from(tt.cores[k]!.data)));
  expect(relativeDistance(toDense(single).data, dense(tt))).toBeLessThan(1e-6);
});
