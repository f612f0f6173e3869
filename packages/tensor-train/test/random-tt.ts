import { fillNormal, RandomStream } from '@ttrec/core';
import {
  toDense,
  ttMatrixOf,
  ttTensor,
  type TTMatrix,
  type TTShape,
  type TTTensor,
} from '@ttrec/tensor-train';
import { coreLengths } from '@ttrec/tensor-train/shapes';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';

/** Normal numbers, the same for the same seed and name. */
export function normal(length: number, seed: number, name = 'normal'): Float64Array {
  const values = new Float64Array(length);
  fillNormal(values, new RandomStream(seed, name));
  return values;
}

/** A TT-matrix of normal numbers. */
export function randomMatrix(shape: TTShape, seed: number): TTMatrix<Float64Array> {
  return ttMatrixOf(
    shape,
    coreLengths(shape).map((length, k) => normal(length, seed, `core/${k}`)),
  );
}

/** A TT-tensor of normal numbers. */
export function randomTensor(
  modes: readonly number[],
  ranks: readonly number[],
  seed: number,
): TTTensor<Float64Array> {
  return ttTensor(
    modes.map((mode, k) => {
      const shape = [ranks[k]!, mode, ranks[k + 1]!];
      return ndarray(normal(shape[0]! * mode * shape[2]!, seed, `core/${k}`), shape);
    }),
  );
}

/** A dense matrix of normal numbers. */
export function randomDense(rows: number, columns: number, seed: number): NdArray<Float64Array> {
  return ndarray(normal(rows * columns, seed, 'dense'), [rows, columns]);
}

export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}

/** Frobenius distance of two lists, as a fraction of the norm of the second (or of 1, if that is smaller). */
export function relativeDistance(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let sum = 0;
  for (let i = 0; i < expected.length; i++) sum += (got[i]! - expected[i]!) ** 2;
  return Math.sqrt(sum) / Math.max(1, norm(expected));
}

/** Row-major entries of the whole. */
export function dense(tt: TTMatrix | TTTensor): Float64Array {
  return toDense(tt).data;
}

/** Shapes of TT-matrices with one to four cores, unequal factors and ranks, of at most a few thousand entries. */
export const shapes: fc.Arbitrary<TTShape> = fc
  .integer({ min: 1, max: 4 })
  .chain((d) =>
    fc.record({
      rowShape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: d, maxLength: d }),
      colShape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: d, maxLength: d }),
      inner: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: d - 1, maxLength: d - 1 }),
    }),
  )
  .map(({ rowShape, colShape, inner }) => ({ rowShape, colShape, ranks: [1, ...inner, 1] }));

/** Another set of ranks for the same number of cores. */
export const ranksFor = (d: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.integer({ min: 1, max: 4 }), { minLength: d - 1, maxLength: d - 1 })
    .map((inner) => [1, ...inner, 1]);

export const seeds = fc.integer({ min: 0, max: 2 ** 30 });
