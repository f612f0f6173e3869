import type { Activation } from '@ttrec/backend';
import { benchCase, requireSame, type ConformanceCase } from '../conformance-case.ts';
import { absolute, map, zeros } from '../matrix.ts';
import { biasActivationBackwardOracle, matmulOracle } from '../oracles/matmul.ts';
import type { Workbench } from '../workbench.ts';

/** [m, k, n]: ones, sizes around the edges of 4- and 8-wide tiles, and sizes at which engines start to pack. */
const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 7, 1],
  [3, 5, 2],
  [4, 4, 4],
  [5, 9, 7],
  [8, 16, 8],
  [2, 32, 64],
  [17, 33, 31],
  [33, 1, 40],
  [67, 130, 65],
];

const forms = [
  { form: 'a·b', transposeA: false, transposeB: false },
  { form: 'a·bᵀ', transposeA: false, transposeB: true },
  { form: 'aᵀ·b', transposeA: true, transposeB: false },
  { form: 'aᵀ·bᵀ', transposeA: true, transposeB: true },
];

interface Shape {
  readonly size: readonly [number, number, number];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly withBias?: boolean;
  readonly activation?: Activation | undefined;
}

async function checkMatmul(bench: Workbench, shape: Shape): Promise<void> {
  const { transposeA, transposeB, activation } = shape;
  const [m, k, n] = shape.size;
  const a = transposeA ? bench.normal(k, m) : bench.normal(m, k);
  const b = transposeB ? bench.normal(n, k) : bench.normal(k, n);
  const bias = shape.withBias ? bench.normal(1, n) : undefined;
  const placed = { a: bench.place(a), b: bench.place(b), bias: bias && bench.place(bias) };
  const out = bench.output(m, n);
  const options = { transposeA, transposeB, activation };
  bench.backend.matmul({
    a: placed.a.block,
    b: placed.b.block,
    out: out.block,
    bias: placed.bias?.block,
    ...options,
  });
  const want = matmulOracle({ a, b, ...(bias && { bias }), ...options });
  const scale = matmulOracle({
    a: absolute(a),
    b: absolute(b),
    ...(bias && { bias: absolute(bias) }),
    transposeA,
    transposeB,
  });
  await bench.expectBlock('out', out, want, { scale, terms: k + 1 });
  await bench.expectUnchanged('a', placed.a);
  await bench.expectUnchanged('b', placed.b);
}

async function checkBackward(
  bench: Workbench,
  activation: Activation,
  [rows, cols]: readonly [number, number],
): Promise<void> {
  // Half of the outputs are exactly zero, as after a relu; their gradients do not pass.
  const output = map(bench.normal(rows, cols), (value) => Math.max(value, 0));
  const gradient = bench.normal(rows, cols);
  const y = bench.place(output);
  const g = bench.place(gradient);
  const gradBias = bench.output(1, cols);
  bench.backend.biasActivationBackward({
    output: y.block,
    gradient: g.block,
    gradBias: gradBias.block,
    activation,
  });
  const want = biasActivationBackwardOracle(output, gradient, activation);
  const scale = biasActivationBackwardOracle(output, absolute(gradient), activation);
  await bench.expectBlock('gradient', g, want.gradient, { scale: zeros(rows, cols), terms: 0 });
  await bench.expectBlock('gradBias', gradBias, want.gradBias, { scale: scale.gradBias, terms: rows });
  await bench.expectUnchanged('output', y);
}

/**
 * A model scores a row in batches of any size: its bits may not depend on them, nor on how often its weights were met before, and weights
 * that were written anew are those that count.
 */
async function checkRowsAlone(
  bench: Workbench,
  [k, n]: readonly [number, number],
  counts: readonly number[],
): Promise<void> {
  const rows = Math.max(...counts) + 1;
  const b = bench.placeWhole(bench.normal(n, k));
  const bias = bench.place(bench.normal(1, n));
  const a = bench.place(bench.normal(rows, k));
  const out = bench.output(rows, n);
  const productOf = async (row: number, count: number): Promise<number[]> => {
    const part = { ...a.block, row: a.block.row + row, rows: count };
    const to = { ...out.block, row: out.block.row + row, rows: count };
    const product = { a: part, b: b.block, out: to, bias: bias.block, transposeB: true } as const;
    bench.backend.matmul(product);
    return [...(await bench.backend.read(to))];
  };
  for (const weights of [undefined, bench.normal(n, k)]) {
    if (weights) bench.backend.write(b.block.buffer, Float32Array.from(weights.data));
    const whole = await productOf(0, rows);
    for (const count of counts) {
      for (let again = 0; again < 3; again++) {
        const got = await productOf(1, count);
        requireSame(`rows 1 to ${count}`, got, whole.slice(n, n * (count + 1)));
      }
    }
  }
}

export const matmulCases: readonly ConformanceCase[] = [
  ...forms.flatMap(({ form, ...transposes }) =>
    sizes.map((size) =>
      benchCase(`matmul ${form}, m ${size[0]}, k ${size[1]}, n ${size[2]}`, (bench) =>
        checkMatmul(bench, { size, ...transposes }),
      ),
    ),
  ),
  ...(['identity', 'relu'] as const).flatMap((activation) =>
    forms.map(({ form, ...transposes }) =>
      benchCase(`matmul ${form} with bias and ${activation}`, (bench) =>
        checkMatmul(bench, { size: [9, 13, 11], withBias: true, activation, ...transposes }),
      ),
    ),
  ),
  ...[1, 3, 4, 9, 40].map((n) =>
    benchCase(`matmul a·bᵀ, the bits of a row alone and among others, n ${n}`, (bench) =>
      checkRowsAlone(bench, [23, n], [1, 2, 3, 4, 5, 8, 36]),
    ),
  ),
  benchCase('matmul a·bᵀ, the bits of rows among others, k 200, n 530', (bench) =>
    checkRowsAlone(bench, [200, 530], [96]),
  ),
  benchCase('matmul with relu and no bias', (bench) =>
    checkMatmul(bench, { size: [6, 10, 5], transposeA: false, transposeB: false, activation: 'relu' }),
  ),
  ...(['identity', 'relu'] as const).flatMap((activation) =>
    (
      [
        [1, 1],
        [5, 3],
        [70, 33],
      ] as const
    ).map((size) =>
      benchCase(`biasActivationBackward, ${activation}, ${size.join(' x ')}`, (bench) =>
        checkBackward(bench, activation, size),
      ),
    ),
  ),
];
