import type { Activation } from '@ttrec/backend';
import { benchCase, type ConformanceCase } from '../conformance-case.ts';
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
  readonly activation?: Activation;
}

async function checkMatmul(bench: Workbench, shape: Shape): Promise<void> {
  const { transposeA, transposeB, activation } = shape;
  const [m, k, n] = shape.size;
  const a = transposeA ? bench.normal(k, m) : bench.normal(m, k);
  const b = transposeB ? bench.normal(n, k) : bench.normal(k, n);
  const bias = shape.withBias ? bench.normal(1, n) : undefined;
  const placed = { a: bench.place(a), b: bench.place(b), bias: bias && bench.place(bias) };
  const out = bench.output(m, n);
  const options = { transposeA, transposeB, ...(activation && { activation }) };
  bench.backend.matmul({
    a: placed.a.block,
    b: placed.b.block,
    out: out.block,
    ...(placed.bias && { bias: placed.bias.block }),
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
