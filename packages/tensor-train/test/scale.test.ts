import { RandomStream } from '@ttrec/core';
import {
  round,
  row,
  toDense,
  toFloat32,
  ttMatrixOf,
  ttSvd,
  type Decomposition,
  type FloatArray,
  type TTMatrix,
} from '@ttrec/tensor-train';
import {
  add,
  distance,
  frobeniusNorm,
  fromLowRank,
  hadamard,
  innerProduct,
  logFrobeniusNorm,
  orthogonaliseLeft,
  orthogonaliseRight,
  scale,
  subtract,
  toLowRank,
} from '@ttrec/tensor-train/algebra';
import { ttCrossTensor, ttSvdStreamed, ttSvdTensor, ttSvdWeighted } from '@ttrec/tensor-train/decompose';
import { dominantDirections, multiply, multiplyVector, reshapeFactors } from '@ttrec/tensor-train/matrices';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { qr } from '../src/linear-algebra/qr.ts';
import { refusal } from '@ttrec/test-support';
import {
  dense,
  norm,
  normal,
  randomDense,
  randomMatrix,
  randomTensor,
  relativeDistance,
} from './random-tt.ts';

/** Powers of two from 1e-300 to 1e300: multiplying by one rounds nothing, so that results must agree bit for bit. */
const powers = fc.integer({ min: -996, max: 996 });
/** Any scale from 1e-300 to 1e300, which rounds every number once. */
const scales = fc.double({ min: -300, max: 300, noNaN: true }).map((log) => 10 ** log);

/** A times 2^power, also where 2^power alone would be needed in two steps. */
function times<T extends FloatArray>(values: T, power: number): T {
  const half = Math.trunc(power / 2);
  return values.map((value) => value * 2 ** half * 2 ** (power - half)) as T;
}

/** x times two powers of two, each of which float64 holds. */
function timesTwice(x: number, first: number, second: number): number {
  return first > 0 === second > 0
    ? times(times(Float64Array.of(x), first), second)[0]!
    : x * 2 ** (first + second);
}

const [numRows, numCols] = [60, 12];
const factors = { rowShape: [3, 4, 5], colShape: [2, 2, 3] };
const table = randomDense(numRows, numCols, 1);
const scaledTable = (power: number) => ndarray(times(table.data, power), [numRows, numCols]);
const stream = () => new RandomStream(3, 'scale');
const readerOf =
  ({ data }: NdArray<FloatArray>) =>
  (start: number, end: number) =>
    data.subarray(start * numCols, end * numCols);
const weights = Float64Array.from({ length: numRows }, (_, i) => 1 / (i + 1));

type Decompose = (of: NdArray<Float64Array>) => Omit<Decomposition<TTMatrix<Float64Array>>, 'clipped'>;

const decompositions: Record<string, Decompose> = {
  svd: (a) => ttSvd(a, { ...factors, ranks: 4 }),
  'svd from the right': (a) => ttSvd(a, { ...factors, ranks: 4, sweep: 'right-to-left' }),
  'svd to an error': (a) => ttSvd(a, { ...factors, relativeError: 0.3 }),
  gram: (a) => ttSvd(a, { ...factors, ranks: 4, method: 'gram' }),
  randomised: (a) => ttSvd(a, { ...factors, ranks: 4, method: 'randomised', stream: stream() }),
  streamed: (a) => ttSvdStreamed(readerOf(a), { numRows, numCols, ...factors, ranks: 4 }),
  'streamed, the last core the longer side': (a) =>
    ttSvdStreamed(readerOf(a), { numRows, numCols, rowShape: [2, 30], colShape: [2, 6], ranks: 3 }),
  'streamed with weights': (a) =>
    ttSvdStreamed(readerOf(a), { numRows, numCols, ...factors, ranks: 4, weights }),
  sketched: (a) =>
    ttSvdStreamed(readerOf(a), {
      numRows,
      numCols,
      ...factors,
      ranks: 4,
      method: 'sketch',
      stream: stream(),
      powerIterations: 1,
    }),
  weighted: (a) => {
    const found = ttSvdWeighted(a, { ...factors, ranks: 4, weights });
    return { tt: found.tt, error: found.weightedError, relativeError: found.relativeWeightedError };
  },
};

describe.each(Object.entries(decompositions))('%s', (_, decompose) => {
  const reference = decompose(table);

  test('at every power of two, has the same bits, and the error of that scale', () => {
    fc.assert(
      fc.property(powers, (power) => {
        const { tt, error, relativeError } = decompose(scaledTable(power));
        expect(relativeError).toBe(reference.relativeError);
        expect(error).toBe(times(Float64Array.of(reference.error), power)[0]);
        expect(times(dense(tt), -power)).toEqual(dense(reference.tt));
      }),
      { numRuns: 40 },
    );
  });

  test('at any scale, is the decomposition at scale 1', () => {
    fc.assert(
      fc.property(scales, (factor) => {
        const scaled = ndarray(
          table.data.map((value) => value * factor),
          [numRows, numCols],
        );
        const { tt, error, relativeError } = decompose(scaled);
        // Through a Gram matrix an error may be off by 1e-8 of the norm; the rounding of the input moves it that far.
        expect(Math.abs(relativeError - reference.relativeError)).toBeLessThan(1e-9);
        expect(Math.abs(error / factor / reference.error - 1)).toBeLessThan(1e-8);
        expect(
          relativeDistance(
            dense(tt).map((value) => value / factor),
            dense(reference.tt),
          ),
        ).toBeLessThan(1e-9);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a table of known singular values', () => {
  /** Of rank 1 but for a remainder of 1e-9 of it. */
  const planted = (factor: number) => {
    const values = new Float64Array(6 * 4);
    for (let i = 0; i < 6; i++) for (let j = 0; j < 4; j++) values[i * 4 + j] = factor * ((i + 1) * (j + 1));
    values[0]! += factor * 1e-7;
    return ndarray(values, [6, 4]);
  };

  test.each([1e-300, 1e-160, 1e-20, 1, 1e20, 1e160, 1e300])(
    'of scale %d has the error that it reports, measured entry by entry',
    (factor) => {
      const a = planted(factor);
      for (const method of ['svd', 'randomised'] as const) {
        const found = ttSvd(a, {
          rowShape: [6, 1],
          colShape: [1, 4],
          ranks: 1,
          method,
          stream: stream(),
          oversampling: 0,
        });
        const rebuilt = dense(found.tt);
        const measured = norm(rebuilt.map((value, at) => (value - a.data[at]!) / factor));
        expect(measured).toBeGreaterThan(5e-8);
        expect(Math.abs(found.error / factor / measured - 1)).toBeLessThan(1e-6);
        const size = norm(a.data.map((value) => value / factor));
        expect(Math.abs((found.relativeError * size) / measured - 1)).toBeLessThan(1e-6);
      }
    },
  );

  test('float32 tables at both ends of float32', () => {
    for (const factor of [1e-36, 1e36]) {
      const a = ndarray(
        Float32Array.from(table.data, (value) => value * factor),
        [numRows, numCols],
      );
      for (const method of ['svd', 'gram'] as const) {
        const { tt, relativeError } = ttSvd(a, { ...factors, ranks: 4, method });
        expect(Math.abs(relativeError / decompositions.svd!(table).relativeError - 1)).toBeLessThan(1e-6);
        const single = dense(toFloat32(tt)).map((value) => value / factor);
        const double = dense(tt).map((value) => value / factor);
        expect(relativeDistance(single, double)).toBeLessThan(1e-6);
      }
    }
  });
});

/** The same TT with its scale spread over the cores, some of it one way and some the other. */
function rescaled(tt: TTMatrix<Float64Array>, shifts: readonly number[]): TTMatrix<Float64Array> {
  const cores = tt.cores.map((core, k) => times(core.data, shifts[k]!));
  return ttMatrixOf(tt.shape, cores);
}

const shape = { ...factors, ranks: [1, 3, 4, 1] };
const a = randomMatrix(shape, 5);
const b = randomMatrix({ ...shape, ranks: [1, 2, 2, 1] }, 6);
/** Powers of two for three cores, whose sum is that of the whole. */
const shiftsTo = (limit: number) =>
  fc
    .tuple(
      fc.integer({ min: -900, max: 900 }),
      fc.integer({ min: -900, max: 900 }),
      fc.integer({ min: -limit, max: limit }),
    )
    .map(([first, second, total]) => ({ shifts: [first, second, total - first - second], total }))
    .filter(({ shifts }) => Math.abs(shifts[2]!) <= 900);
const shifts = shiftsTo(900);

describe('cores of any scale', () => {
  const relative = (found: Float64Array, total: number, expected: Float64Array) =>
    relativeDistance(times(found, -total), expected);

  test('round, orthogonalise, reshape, reconstruct and multiply as at scale 1', () => {
    const exact = dense(a);
    const rounded = round(a, { ranks: 2 });
    const x = normal(12, 4);
    fc.assert(
      fc.property(shifts, ({ shifts: by, total }) => {
        const scaled = rescaled(a, by);
        expect(relative(dense(scaled), total, exact)).toBeLessThan(1e-14);
        expect(relative(row(scaled, 17), total, row(a, 17))).toBeLessThan(1e-14);
        expect(relative(dense(orthogonaliseLeft(scaled)), total, exact)).toBeLessThan(1e-13);
        expect(relative(dense(orthogonaliseRight(scaled)), total, exact)).toBeLessThan(1e-13);
        const coarse = { rowShape: [12, 5], colShape: [4, 3] };
        expect(relative(dense(reshapeFactors(scaled, coarse)), total, exact)).toBeLessThan(1e-13);
        const { tt, error, relativeError } = round(scaled, { ranks: 2 });
        expect(relative(dense(tt), total, dense(rounded.tt))).toBeLessThan(1e-13);
        expect(relativeError).toBe(rounded.relativeError);
        expect(error).toBe(times(Float64Array.of(rounded.error), total)[0]);
        expect(relative(multiplyVector(scaled, x), total, multiplyVector(a, x))).toBeLessThan(1e-13);
        const low = toLowRank(scaled, { rank: 5 });
        const lowAtOne = toLowRank(a, { rank: 5 });
        expect(relative(low.singularValues, total, lowAtOne.singularValues)).toBeLessThan(1e-13);
        expect(relative(low.u.data, total, lowAtOne.u.data)).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  test('have the norm, the inner product and the distance of scale 1', () => {
    const size = norm(dense(a));
    const inner = innerProduct(a, b);
    const apart = distance(a, b);
    fc.assert(
      fc.property(shifts, shifts, shifts, ({ shifts: by, total }, other, third) => {
        const x = rescaled(a, by);
        const y = rescaled(b, other.shifts);
        expect(Math.abs(times(Float64Array.of(frobeniusNorm(x)), -total)[0]! / size - 1)).toBeLessThan(1e-13);
        expect(Math.abs(logFrobeniusNorm(x) - Math.log(size) - total * Math.LN2)).toBeLessThan(1e-10);
        // An inner product may be beyond float64 where its factors are not: infinite or zero, as rounding has it.
        expect(innerProduct(x, y)).toBe(timesTwice(inner, total, other.total));
        const [p, q] = third.shifts as [number, number, number];
        fc.pre(Math.abs(total - p - q) <= 900);
        const same = rescaled(b, [p, q, total - p - q]);
        expect(Math.abs(times(Float64Array.of(distance(x, same)), -total)[0]! / apart - 1)).toBeLessThan(
          1e-13,
        );
      }),
    );
  });

  test('add, subtract, scale, multiply entry by entry and as matrices as at scale 1', () => {
    const square = randomMatrix({ rowShape: [2, 2, 3], colShape: [2, 3, 1], ranks: [1, 2, 2, 1] }, 7);
    const [x, y] = [dense(a), dense(b)];
    fc.assert(
      fc.property(shifts, ({ shifts: by, total }) => {
        const first = by[0]!;
        const left = rescaled(a, by);
        const right = rescaled(b, [-first, first, total]);
        const sum = x.map((value, at) => value + y[at]!);
        expect(relative(dense(round(add(left, right), { ranks: [5, 6] }).tt), total, sum)).toBeLessThan(
          1e-13,
        );
        const difference = x.map((value, at) => value - y[at]!);
        expect(relative(dense(subtract(left, right)), total, difference)).toBeLessThan(1e-13);
        const other = rescaled(b, [-first, Math.trunc(first / 2), first - Math.trunc(first / 2)]);
        const products = x.map((value, at) => value * y[at]!);
        expect(relative(dense(hadamard(left, other)), total, products)).toBeLessThan(1e-13);
        const back = rescaled(square, [-first, 0, first]);
        expect(relative(dense(multiply(left, back)), total, dense(multiply(a, square)))).toBeLessThan(1e-13);
        const up = scale(scale(left, 2 ** -total), 3);
        expect(relativeDistance(dense(up), dense(scale(a, 3)))).toBeLessThan(1e-14);
      }),
      { numRuns: 60 },
    );
  });

  test('the norm of a difference of near neighbours keeps its digits', () => {
    const near = rescaled(a, [1, -1, 0]);
    const moved = ttMatrixOf(shape, [
      near.cores[0]!.data.map((value) => value * (1 + 1e-10)),
      ...near.cores.slice(1).map(({ data }) => data),
    ]);
    const found = frobeniusNorm(subtract(moved, a));
    // The difference itself is rounded at 1e-16 / 1e-10 of its size.
    expect(Math.abs(found / (1e-10 * norm(dense(a))) - 1)).toBeLessThan(1e-5);
  });
});

test('low-rank factors of opposite scales make a table of scale 1', () => {
  const [u, v] = [randomDense(60, 3, 1), randomDense(12, 3, 2)];
  const at1 = fromLowRank(u, v, { ...factors, ranks: 4 });
  fc.assert(
    fc.property(powers, (power) => {
      const [up, down] = [ndarray(times(u.data, power), [60, 3]), ndarray(times(v.data, -power), [12, 3])];
      const { tt, relativeError } = fromLowRank(up, down, { ...factors, ranks: 4 });
      expect(relativeError).toBe(at1.relativeError);
      expect(dense(tt)).toEqual(dense(at1.tt));
    }),
    { numRuns: 30 },
  );
});

test('QR of any scale, and of columns of any scales beside each other', () => {
  fc.assert(
    fc.property(fc.array(powers, { minLength: 3, maxLength: 3 }), ([first, second, third]) => {
      const a = normal(8 * 3, 2);
      const scaled = a.map(
        (value, at) => times(Float64Array.of(value), [first!, second!, third!][at % 3]!)[0]!,
      );
      const [{ q, r }, expected] = [qr(scaled, 8, 3), qr(a, 8, 3)];
      expect(relativeDistance(q, expected.q)).toBeLessThan(1e-13);
      r.forEach((value, at) => {
        const power = [first!, second!, third!][at % 3]!;
        expect(Math.abs(times(Float64Array.of(value), -power)[0]! - expected.r[at]!)).toBeLessThan(1e-13);
      });
    }),
  );
});

test('dominant directions of Gram matrices of any scale', () => {
  const gram = Float64Array.of(2, 1, 1, 3);
  fc.assert(
    fc.property(powers, (power) => {
      expect(dominantDirections(times(gram, power), 2, 1)).toEqual(dominantDirections(gram, 2, 1));
    }),
  );
});

test('TT-cross of a function of any scale', () => {
  const modes = [8, 7, 6, 5];
  const planted = toDense(randomTensor(modes, [1, 2, 3, 2, 1], 4));
  const find = (power: number) =>
    ttCrossTensor((index) => times(Float64Array.of(planted.get(...index)), power)[0]!, modes, {
      ranks: [2, 3, 2],
      stream: stream(),
    });
  const at1 = find(0);
  expect(at1.converged).toBe(true);
  fc.assert(
    fc.property(powers, (power) => {
      const { tt, sampledError, converged } = find(power);
      expect({ sampledError, converged }).toEqual({ sampledError: at1.sampledError, converged: true });
      expect(times(dense(tt), -power)).toEqual(dense(at1.tt));
    }),
    { numRuns: 20 },
  );
});

test('what float64 or float32 cannot hold in its cores is refused', () => {
  const one = ttMatrixOf({ rowShape: [2], colShape: [1], ranks: [1, 1] }, [Float64Array.of(1e300, 1)]);
  expect(() => hadamard(one, one)).toThrow(
    refusal('tensor-train/too-large', 'must fit the range of float64 core by core'),
  );
  expect(() => scale(one, 1e300)).toThrow(refusal('tensor-train/too-large', 'a norm near 2^1993'));
  expect(() => toFloat32(one)).toThrow(refusal('tensor-train/not-float32', 'must fit the range of float32'));
  for (const value of [Number.NaN, Infinity, -Infinity]) {
    const bad = ttMatrixOf({ rowShape: [2], colShape: [1], ranks: [1, 1] }, [Float64Array.of(1, value)]);
    for (const use of [
      () => round(bad, { ranks: 1 }),
      () => frobeniusNorm(bad),
      () => innerProduct(bad, bad),
      () => distance(bad, bad),
      () => orthogonaliseLeft(bad),
    ])
      expect(use).toThrow(refusal('tensor-train/not-finite', 'cores[0]: must hold finite numbers, got '));
  }
  expect(() => ttSvdTensor(ndarray(Float64Array.of(1, Infinity), [2]), { ranks: 1 })).toThrow(
    refusal('tensor-train/not-finite', 'entry 1 in row-major order'),
  );
});
