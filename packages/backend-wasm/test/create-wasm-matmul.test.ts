import { RandomStream, fillNormal } from '@ttrec/core';
import { createWasmMatmul, type HostMatmulArgs } from '@ttrec/backend-wasm';
import { describe, expect, test } from 'vitest';
import { supports } from '../src/module/builds.ts';

const drawn = new Float32Array(5_000_000);
fillNormal(drawn, new RandomStream(1, 'operands'));

/** Normal numbers; those of a and b are different ones. */
function normal(length: number, name: 'a' | 'b'): Float32Array<ArrayBuffer> {
  return name === 'a' ? drawn.slice(0, length) : drawn.slice(drawn.length - length);
}

/**
 * The largest distance to the product in float64, in units of what rounding is expected to do to such a sum; of large
 * results, at some 200 rows and columns spread over all of it.
 */
function worstError({ a, b, out, m, n, k, transposeA, transposeB }: HostMatmulArgs): number {
  let worst = 0;
  const [down, across] = [Math.ceil(m / 199), Math.ceil(n / 199)];
  for (let i = m - 1; i >= 0; i -= down) {
    for (let j = n - 1; j >= 0; j -= across) {
      let [sum, size] = [0, 0];
      for (let l = 0; l < k; l++) {
        const term = a[transposeA ? l * m + i : i * k + l]! * b[transposeB ? j * k + l : l * n + j]!;
        sum += term;
        size += term * term;
      }
      const allowed = 2 ** -24 * Math.sqrt(k) * (Math.sqrt(size) + Math.abs(sum));
      worst = Math.max(worst, Math.abs(out[i * n + j]! - sum) / Math.max(allowed, 2 ** -149));
    }
  }
  return worst;
}

const forms = [
  { transposeA: false, transposeB: false },
  { transposeA: true, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: true },
];
const extents = [
  [1, 1, 1],
  [3, 5, 7],
  [4, 8, 16],
  [33, 65, 130],
  [130, 3, 300],
  [2, 200, 17],
  [1, 1, 20_000],
  // Blocks: of a long sum, of a tall result, of a wide one.
  [5, 7, 20_000],
  [9000, 3, 500],
  [3, 9000, 500],
] as const;

describe.each(['strict', 'relaxed'] as const)('createWasmMatmul, %s', (simd) => {
  const skip = !supports(simd);

  test.skipIf(skip).each(forms)('is the product, %j', async (form) => {
    const matmul = await createWasmMatmul({ simd });
    for (const [m, n, k] of extents) {
      const args = {
        a: normal(m * k, 'a'),
        b: normal(k * n, 'b'),
        out: new Float32Array(m * n).fill(Number.NaN),
        m,
        n,
        k,
        ...form,
      };
      matmul(args);
      // Rounded k times on its way, a sum is off by about the root of k roundings of what it is and passes through.
      expect(worstError(args), `${m} x ${n} x ${k}`).toBeLessThan(8);
    }
  });

  test.skipIf(skip).each([true, false])(
    'an array times its own transpose is symmetric, %s',
    async (transposeA) => {
      const matmul = await createWasmMatmul({ simd });
      for (const [n, k] of [
        [1, 5],
        [47, 30],
        [49, 9000],
        [150, 64],
        [1100, 4000],
        [401, 10],
      ] as const) {
        const a = normal(n * k, 'a');
        const shape = { out: new Float32Array(n * n), m: n, n, k, transposeA, transposeB: !transposeA };
        matmul({ ...shape, a, b: a });
        expect(worstError({ ...shape, a, b: a }), `${n} x ${k}`).toBeLessThan(8);
        const mirrored = shape.out.map((_, at) => shape.out[(at % n) * n + Math.floor(at / n)]!);
        expect(mirrored).toEqual(shape.out);
      }
    },
  );

  test.skipIf(skip)('results both tall and wide, in blocks', async () => {
    const matmul = await createWasmMatmul({ simd });
    const [m, n, k] = [9000, 700, 2];
    const args = { a: normal(m * k, 'a'), b: normal(k * n, 'b'), out: new Float32Array(m * n), m, n, k };
    matmul(args);
    expect(worstError(args)).toBeLessThan(8);
  });

  test.skipIf(skip)('nothing to sum gives zeros, nothing to compute touches nothing', async () => {
    const matmul = await createWasmMatmul({ simd });
    const [empty, out] = [new Float32Array(0), Float32Array.of(1, 2, 3, 4, 5)];
    matmul({ a: empty, b: empty, out, m: 2, n: 2, k: 0 });
    expect([...out]).toEqual([0, 0, 0, 0, 5]);
    matmul({ a: empty, b: normal(6, 'b'), out, m: 0, n: 2, k: 3 });
    expect([...out]).toEqual([0, 0, 0, 0, 5]);
  });

  test.skipIf(skip)('the same operands give the same bits, whatever was multiplied before', async () => {
    const matmul = await createWasmMatmul({ simd });
    const [m, n, k] = [50, 60, 700];
    const once = () => {
      const out = new Float32Array(m * n);
      matmul({ a: normal(m * k, 'a'), b: normal(k * n, 'b'), out, m, n, k });
      return out;
    };
    const first = once();
    matmul({ a: normal(4e5, 'b'), b: normal(4e5, 'a'), out: new Float32Array(4e4), m: 200, n: 200, k: 2000 });
    expect(once()).toEqual(first);
  });
});

describe('bad input', () => {
  const good = {
    a: new Float32Array(6),
    b: new Float32Array(12),
    out: new Float32Array(8),
    m: 2,
    n: 4,
    k: 3,
  };

  test.each([
    [{ m: -1 }, 'm: must be an integer of at least 0, got -1.'],
    [{ k: 1.5 }, 'k: must be an integer of at least 0, got 1.5.'],
    [{ a: new Float32Array(5) }, 'a: must be a Float32Array of at least 6 numbers, got 5.'],
    [{ out: new Float32Array(7) }, 'out: must be a Float32Array of at least 8 numbers, got 7.'],
    [{ b: new Float64Array(12) }, 'b: must be a Float32Array of at least 12 numbers, got Float64Array.'],
  ])('refuses %j', async (wrong, words) => {
    const matmul = await createWasmMatmul();
    const args = { ...good, ...wrong } as HostMatmulArgs;
    expect(() => matmul(args)).toThrow(
      expect.objectContaining({ code: 'backend-wasm/bad-operand', message: `[backend-wasm] ${words}` }),
    );
  });

  test('refuses another build', async () => {
    await expect(createWasmMatmul({ simd: 'fast' as never })).rejects.toMatchObject({
      code: 'backend-wasm/bad-option',
    });
  });
});
