import { RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';
import { at, map, matrixOf, normal, zeros, type Matrix } from '../src/backend/matrix.ts';
import { naiveDigits } from '../src/backend/naive-trie.ts';
import { bagBackwardOracle, bagForwardOracle, type BagCase } from '../src/backend/oracles/bag.ts';
import { bceGradientOracle, bceOracle } from '../src/backend/oracles/bce-with-logits.ts';
import {
  dotInteractionBackwardOracle,
  dotInteractionOracle,
} from '../src/backend/oracles/dot-interaction.ts';
import { biasActivationBackwardOracle, matmulOracle } from '../src/backend/oracles/matmul.ts';
import {
  coreGradientOracle,
  prefixGradientOracle,
  prefixValueOracle,
  type TTCase,
} from '../src/backend/oracles/tensor-train.ts';
import { updateOracle } from '../src/backend/oracles/update.ts';

const STEP = 1e-5;
/** Central differences of degree-2 and multilinear functions err by rounding alone: about 1e-16 / STEP of their size. */
const TOLERANCE = 1e-8;

const random = new RandomStream(3, 'test/oracles');

function inner(a: Matrix, b: Matrix): number {
  return a.data.reduce((sum, value, i) => sum + value * b.data[i]!, 0);
}

/** dL/d(entries of `point`) by central differences; `loss` reads `point` itself. */
function differences(point: Matrix, loss: () => number): Matrix {
  return matrixOf(point.rows, point.cols, (i, j) => {
    const index = i * point.cols + j;
    const value = point.data[index]!;
    point.data[index] = value + STEP;
    const above = loss();
    point.data[index] = value - STEP;
    const below = loss();
    point.data[index] = value;
    return (above - below) / (2 * STEP);
  });
}

function expectNear(got: Matrix, want: Matrix): void {
  expect([got.rows, got.cols]).toEqual([want.rows, want.cols]);
  const scale = Math.max(1, ...want.data.map(Math.abs));
  expect(Math.max(...want.data.map(Math.abs))).toBeGreaterThan(0);
  got.data.forEach((value, i) =>
    expect(Math.abs(value - want.data[i]!), `element ${i}`).toBeLessThan(TOLERANCE * scale),
  );
}

test('matmul: a product written out by hand, in all four forms', () => {
  const a: Matrix = { rows: 2, cols: 2, data: Float64Array.of(1, 2, 3, 4) };
  const b: Matrix = { rows: 2, cols: 2, data: Float64Array.of(5, 6, 7, 8) };
  const product = (transposeA: boolean, transposeB: boolean): number[] => [
    ...matmulOracle({ a, b, transposeA, transposeB }).data,
  ];
  expect(product(false, false)).toEqual([19, 22, 43, 50]);
  expect(product(false, true)).toEqual([17, 23, 39, 53]);
  expect(product(true, false)).toEqual([26, 30, 38, 44]);
  expect(product(true, true)).toEqual([23, 31, 34, 46]);
});

test.each(['identity', 'relu'] as const)(
  'biasActivationBackward is the derivative through %s',
  (activation) => {
    const x = normal(5, 4, random);
    const bias = normal(1, 4, random);
    const given = normal(5, 4, random);
    const identity = matrixOf(4, 4, (i, j) => (i === j ? 1 : 0));
    const forward = (): Matrix =>
      matmulOracle({ a: x, b: identity, transposeA: false, transposeB: false, bias, activation });
    const loss = (): number => inner(forward(), given);
    const got = biasActivationBackwardOracle(forward(), given, activation);
    expectNear(got.gradient, differences(x, loss));
    expectNear(got.gradBias, differences(bias, loss));
  },
);

test.each(['sum', 'mean'] as const)('bagBackward is the derivative of bagForward, %s', (pooling) => {
  const bags: BagCase = {
    bags: [
      [[0, 3, 3], [], [5]],
      [[5, 0], [3], [3, 0, 5, 5]],
    ],
    dim: 3,
    columns: [0, 3],
    pooling,
    ...(pooling === 'sum' && {
      weights: [
        [[2, -1, 0.5], [], [3]],
        [[1, 1], [-2], [0.25, 1, 1, 4]],
      ],
    }),
  };
  const table = normal(6, 3, random);
  const given = normal(3, 6, random);
  const all = differences(table, () => inner(bagForwardOracle(table, bags), given));
  const distinct = [0, 3, 5];
  expectNear(
    bagBackwardOracle(given, bags, distinct),
    matrixOf(3, 3, (u, j) => at(all, distinct[u]!, j)),
  );
  for (const row of [1, 2, 4]) expect([0, 1, 2].map((j) => at(all, row, j))).toEqual([0, 0, 0]);
});

const trains: readonly Omit<TTCase, 'cores'>[] = [
  { rowShape: [5], colShape: [3], ranks: [1, 1] },
  { rowShape: [3, 4], colShape: [2, 3], ranks: [1, 3, 1] },
  { rowShape: [2, 3, 2], colShape: [2, 1, 3], ranks: [1, 2, 4, 1] },
  { rowShape: [2, 2, 3, 2], colShape: [1, 2, 2, 2], ranks: [1, 2, 3, 2, 1] },
];

function randomTrain(shape: Omit<TTCase, 'cores'>): TTCase {
  const cores = shape.rowShape.map((p, k) =>
    normal(p, shape.ranks[k]! * shape.colShape[k]! * shape.ranks[k + 1]!, random),
  );
  return { ...shape, cores };
}

test('a TT row written out by hand', () => {
  // Row 3 of a 4-row table is digits (1, 1): [2, 3] · [[5, 7], [11, 13]] = [43, 53].
  const tt: TTCase = {
    rowShape: [2, 2],
    colShape: [1, 2],
    ranks: [1, 2, 1],
    cores: [
      { rows: 2, cols: 2, data: Float64Array.of(0, 0, 2, 3) },
      { rows: 2, cols: 4, data: Float64Array.of(0, 0, 0, 0, 5, 7, 11, 13) },
    ],
  };
  expect([...prefixValueOracle(tt, [1, 1], 1).data]).toEqual([43, 53]);
  expect([...prefixValueOracle(tt, [1, 1], 0).data]).toEqual([2, 3]);
});

test.each(trains)('TT gradients of the cores are the derivative of the rows: ranks $ranks', (shape) => {
  const tt = randomTrain(shape);
  const depth = shape.rowShape.length;
  const ids = [0, 1, 3, 4];
  const dim = shape.colShape.reduce((product, q) => product * q, 1);
  const rows = ids.map((id) => ({
    digits: naiveDigits(id, shape.rowShape),
    gradient: [...normal(1, dim, random).data],
  }));
  const loss = (): number =>
    rows.reduce((sum, { digits, gradient }) => {
      const value = prefixValueOracle(tt, digits, depth - 1);
      return sum + inner(value, { ...value, data: Float64Array.from(gradient) });
    }, 0);
  tt.cores.forEach((core, k) => expectNear(coreGradientOracle(tt, k, rows), differences(core, loss)));
});

test('TT gradients of a prefix are the derivative of the rows below it', () => {
  const tt = randomTrain({ rowShape: [2, 3, 2], colShape: [2, 2, 3], ranks: [1, 3, 2, 1] });
  const rows = [
    [0, 1, 0],
    [0, 1, 1],
    [1, 1, 0],
  ].map((digits) => ({
    digits,
    gradient: [...normal(1, 12, random).data],
  }));
  // The value of prefix (0, 1) as a variable of its own: [Q, r] with Q 4 and r 2, times the last slice.
  const value = prefixValueOracle(tt, [0, 1], 1);
  const rowFrom = (digit: number): Matrix => {
    const b: Matrix = { rows: 2, cols: 3, data: tt.cores[2]!.data.subarray(digit * 6, digit * 6 + 6) };
    const product = matmulOracle({
      a: { ...value, rows: 4, cols: 2 },
      b,
      transposeA: false,
      transposeB: false,
    });
    return { rows: 1, cols: 12, data: product.data };
  };
  expectNear(rowFrom(1), prefixValueOracle(tt, [0, 1, 1], 2));
  const loss = (): number =>
    rows
      .filter(({ digits }) => digits[0] === 0)
      .reduce((sum, { digits, gradient }) => {
        const row = rowFrom(digits[2]!);
        return sum + inner(row, { ...row, data: Float64Array.from(gradient) });
      }, 0);
  expectNear(prefixGradientOracle(tt, [0, 1], rows), differences(value, loss));
});

test.each([
  { selfInteraction: false, passThrough: false },
  { selfInteraction: true, passThrough: false },
  { selfInteraction: false, passThrough: true },
  { selfInteraction: true, passThrough: true },
])('dotInteractionBackward is the derivative of dotInteraction: %o', (flags) => {
  const args = { features: normal(2, 12, random), featureCount: 4, ...flags };
  const out = dotInteractionOracle(args);
  const given = normal(out.rows, out.cols, random);
  const loss = (): number => inner(dotInteractionOracle(args), given);
  expectNear(dotInteractionBackwardOracle(args, given), differences(args.features, loss));
});

test('dotInteraction: columns written out by hand', () => {
  const features: Matrix = { rows: 1, cols: 6, data: Float64Array.of(1, 2, 3, 4, 5, 6) };
  const out = (selfInteraction: boolean, passThrough: boolean): number[] => [
    ...dotInteractionOracle({ features, featureCount: 3, selfInteraction, passThrough }).data,
  ];
  expect(out(false, false)).toEqual([11, 17, 39]);
  expect(out(true, true)).toEqual([1, 2, 5, 11, 25, 17, 39, 61]);
});

test('the gradient of binary cross-entropy is its derivative, and its value is the log-likelihood', () => {
  for (const y of [0, 0.25, 1]) {
    for (const z of [-6, -0.5, 0, 1, 8]) {
      const difference = (bceOracle(z + STEP, y) - bceOracle(z - STEP, y)) / (2 * STEP);
      expect(Math.abs(bceGradientOracle(z, y) - difference)).toBeLessThan(TOLERANCE);
      const probability = 1 / (1 + Math.exp(-z));
      const likelihood = -y * Math.log(probability) - (1 - y) * Math.log(1 - probability);
      expect(bceOracle(z, y)).toBeCloseTo(likelihood, 10);
    }
  }
  expect(bceOracle(-1e30, 1)).toBe(1e30);
  expect(bceOracle(1e30, 1)).toBe(0);
});

test('updates written out by hand', () => {
  const row = { weights: [1, 2], gradients: [3, 4], learningRate: 0.5, epsilon: 0 };
  expect(updateOracle({ ...row, rule: 'sgd', state: [] })).toMatchObject({ weights: [-0.5, 0], state: [] });
  expect(updateOracle({ ...row, rule: 'adagrad', state: [7, 0] })).toMatchObject({
    weights: [1 - 1.5 / 4, 1.5],
    state: [16, 16],
  });
  const rowwise = updateOracle({ ...row, rule: 'rowwise-adagrad', state: [3.5] });
  expect(rowwise).toMatchObject({ weights: [1 - 1.5 / 4, 2 - 2 / 4], state: [16] });
  // The first step of Adam is the rate in the direction of the gradient, whatever its size.
  const adam = { ...row, step: 1, beta1: 0.5, beta2: 0.75 };
  expect(updateOracle({ ...adam, rule: 'adam', state: [0, 0, 0, 0] })).toMatchObject({
    weights: [0.5, 1.5],
    state: [1.5, 2, 2.25, 4],
  });
  const root = Math.sqrt(12.5);
  expect(updateOracle({ ...adam, rule: 'rowwise-adam', state: [0, 0, 0] })).toMatchObject({
    weights: [1 - (0.5 * 3) / root, 2 - (0.5 * 4) / root],
    state: [1.5, 2, 3.125],
  });
  // From zero state and with l1 = 4: z = g - |g| / lr · w is -3 and -12, of which the first is within l1.
  expect(updateOracle({ ...row, rule: 'ftrl', state: [0, 0, 0, 0], l1: 4, l2: 1 })).toMatchObject({
    weights: [0, 8 / 9],
    state: [-3, -12, 9, 16],
  });
});

test('random inputs are exact in float32 and never zero', () => {
  const matrix = normal(40, 50, random);
  expect(map(matrix, Math.fround)).toEqual(matrix);
  expect(matrix.data.every((value) => value !== 0)).toBe(true);
  expect(zeros(1, 2).data).toEqual(new Float64Array(2));
});
