import { isTtrecError } from '@ttrec/core';
import { RandomStream } from '@ttrec/core';
import * as main from '@ttrec/tensor-train';
import * as algebra from '@ttrec/tensor-train/algebra';
import * as decompose from '@ttrec/tensor-train/decompose';
import * as matrices from '@ttrec/tensor-train/matrices';
import * as shapes from '@ttrec/tensor-train/shapes';
import ndarray from 'ndarray';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { randomDense, randomMatrix, randomTensor } from './random-tt.ts';

const tt = randomMatrix({ rowShape: [2, 3], colShape: [2, 2], ranks: [1, 2, 1] }, 1);
const tensor = randomTensor([2, 3], [1, 2, 1], 1);
const table = randomDense(6, 4, 1);
const stream = new RandomStream(1, 'plain');
const factors = { rowShape: [2, 3], colShape: [2, 2] };
const square = new Float64Array(4);

/** Arguments that each public function accepts. */
const good: Record<string, readonly unknown[]> = {
  add: [tt, tt],
  balancedRowShape: [6, 2],
  colShape: [4, 2],
  concatenateRows: [tt, tt],
  coreLengths: [tt.shape],
  distance: [tt, tt, {}],
  dominantDirections: [square, 2, 1],
  entry: [tensor, [0, 0]],
  frobeniusNorm: [tt, {}],
  fromFloat32Matmul: [() => undefined],
  fromLowRank: [randomDense(6, 2, 1), randomDense(4, 2, 1), { ...factors, ranks: 1 }],
  hadamard: [tt, tt],
  initialiseCores: [{ shape: tt.shape, distribution: 'gaussian', scale: 'rank-aware', stream }],
  innerProduct: [tt, tt, {}],
  logFrobeniusNorm: [tt, {}],
  closestRanks: [factors, () => true],
  largestRanks: [factors, () => true],
  maximalRanks: [
    [2, 3],
    [2, 2],
  ],
  multiply: [tt, matrices.transpose(tt), {}],
  multiplyDense: [tt, randomDense(4, 2, 1), {}],
  multiplyVector: [tt, new Float64Array(4), {}],
  orthogonaliseLeft: [tt, {}],
  orthogonaliseRight: [tt, {}],
  parameterCount: [tt.shape],
  ranksForBudget: [factors, { bytes: 1000 }],
  reshapeFactors: [tt, { rowShape: [6], colShape: [4] }, {}],
  round: [tt, { ranks: 1 }],
  row: [tt, 0],
  rowDigits: [0, [2, 3], new Uint32Array(2)],
  rowShape: [6, 2],
  scale: [tt, 2],
  sliceDigits: [tt, [null, [0, 1]]],
  sliceRows: [tt, 0, 3],
  subtract: [tt, tt],
  toDense: [tt, {}],
  toFloat32: [tt],
  toLowRank: [tt, { rank: 1 }],
  transpose: [tt],
  ttCross: [() => 1, factors, { ranks: 1, stream }],
  ttCrossTensor: [() => 1, [2, 3], { ranks: 1, stream }],
  ttMatrix: [tt.cores],
  ttMatrixOf: [tt.shape, tt.cores.map(({ data }) => data)],
  ttShape: [{ numRows: 6, numCols: 4, ranks: 1 }],
  ttSvd: [table, { ...factors, ranks: 1 }],
  ttSvdStreamed: [
    (start: number, end: number) => table.data.subarray(start * 4, end * 4),
    { ...factors, numRows: 6, numCols: 4, ranks: 1 },
  ],
  ttSvdTensor: [ndarray(new Float64Array(6).fill(1), [2, 3]), { ranks: 1 }],
  ttSvdWeighted: [table, { ...factors, ranks: 1, weights: new Float64Array(6).fill(1) }],
  ttTensor: [tensor.cores],
  windowRows: [tt, 1, 4],
};

const everything = { ...main, ...algebra, ...decompose, ...matrices, ...shapes };
const functions = Object.entries(everything).filter(([, value]) => typeof value === 'function') as [
  string,
  (...args: readonly unknown[]) => unknown,
][];

/** Null is no garbage where undefined is allowed, and undefined none where there is a default. */
const garbage: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  Number.NaN,
  '',
  'x',
  true,
  7n,
  Symbol('s'),
  [],
  [null],
  {},
];

/** What was thrown, if anything. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

describe.each(functions)('%s', (name, call) => {
  test('accepts what it documents', () => {
    expect(good[name]).toBeDefined();
    expect(thrownBy(() => call(...good[name]!))).toBeUndefined();
  });

  test('answers garbage in the place of any argument, or of any field of one, with a coded error or a result', () => {
    const args = good[name]!;
    args.forEach((argument, place) => {
      for (const bad of garbage) {
        const given = args.map((value, at) => (at === place ? bad : value));
        const thrown = thrownBy(() => call(...given));
        if (thrown !== undefined && !isTtrecError(thrown))
          throw new Error(`argument ${place}: ${inspect(bad)}`, { cause: thrown });
        if (typeof argument !== 'object' || argument === null || ArrayBuffer.isView(argument)) continue;
        for (const field of Object.keys(argument)) {
          const damaged = Array.isArray(argument)
            ? argument.map((value: unknown, at) => (String(at) === field ? bad : value))
            : { ...argument, [field]: bad };
          const result = thrownBy(() => call(...args.map((value, at) => (at === place ? damaged : value))));
          if (result !== undefined && !isTtrecError(result))
            throw new Error(`argument ${place}, ${field}: ${inspect(bad)}`, { cause: result });
        }
      }
    });
    // Without any argument as well.
    expect(isTtrecError(thrownBy(() => call()))).toBe(true);
  });
});

test('the argument that is wrong is named', () => {
  const { ttSvd, add, round, ttSvdStreamed, multiplyVector } = everything as unknown as Record<
    string,
    (...args: readonly unknown[]) => unknown
  >;
  expect(() => ttSvd!(null)).toThrow(
    refusal(
      'tensor-train/bad-matrix',
      'table: must be an ndarray of float32 or float64 with the dimensions [N][D], got null.',
    ),
  );
  expect(() => ttSvd!(table)).toThrow(
    refusal('tensor-train/bad-options', 'ttSvd: must be an object, got undefined.'),
  );
  expect(() => ttSvd!(table, { rowshape: [2, 3], ranks: 1 })).toThrow(
    refusal('tensor-train/unknown-option', 'got rowshape. Did you mean "rowShape"?'),
  );
  expect(() => add!(tt, 0)).toThrow(
    refusal('tensor-train/bad-tt', 'add: b: must be a TT-matrix or TT-tensor, got 0.'),
  );
  expect(() => round!(tt, { ranks: 1, matmul: 3 })).toThrow(
    refusal('tensor-train/bad-function', 'matmul: must be a function, got 3'),
  );
  expect(() => ttSvdStreamed!('rows', {})).toThrow(
    refusal('tensor-train/bad-function', 'read: must be a function, got rows.'),
  );
  expect(() => multiplyVector!(tt, [1, 2, 3, 4])).toThrow(
    refusal('tensor-train/bad-matrix', 'x: must be a Float32Array or a Float64Array'),
  );
});

test('a table or a tensor of more entries than an array holds is refused, and still has rows', () => {
  const core = (mode: number) => ndarray(new Float64Array(mode).fill(1), [1, mode, 1]);
  for (const modes of [310, 33]) {
    const large = main.ttTensor(Array.from({ length: modes }, () => core(modes === 33 ? 2 : 10)));
    expect(() => main.toDense(large)).toThrow(refusal('tensor-train/too-large', 'at most 2^32 entries'));
    expect(main.entry(large, Array<number>(modes).fill(0))).toBeCloseTo(1, 12);
  }
});
