import { product } from '@ttrec/core';
import type { NdArray } from 'ndarray';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import { largestOf, normalise, type Scaled } from '../linear-algebra/powers-of-two.ts';
import type { Factors } from '../shapes/tt-shape.ts';
import { columnOffsets, rowOffsets } from '../tt/tt-order.ts';

/**
 * The entries of a table [N][D] in the order i_1 j_1 i_2 j_2 …, near 1, in the precision of the table. Rows past N are
 * zeros.
 *
 * @throws `tensor-train/not-finite`
 */
export function inTTOrder(table: NdArray<FloatArray>, factors: Factors): Scaled<FloatArray> {
  const { data, offset } = table;
  const [numRows, numCols] = table.shape as [number, number];
  const [rowStride, colStride] = table.stride as [number, number];
  const size = product(factors.rowShape) * numCols;
  const values = data instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
  const rows = rowOffsets(factors);
  const columns = columnOffsets(factors);
  for (let i = 0; i < numRows; i++) {
    const from = offset + i * rowStride;
    const to = rows[i]!;
    for (let j = 0; j < numCols; j++) {
      const value = data[from + j * colStride]!;
      // The difference is NaN for infinities and NaN only.
      if (value - value !== 0) throwNotFinite(`row ${i}, column ${j}`, value);
      values[to + columns[j]!] = value;
    }
  }
  return { values, exponent: normalise(values) };
}

/**
 * The entries of an array, row-major, near 1, in float64.
 *
 * @param place describes the position of an entry
 * @throws `tensor-train/not-finite`
 */
export function scaledEntries(array: NdArray<FloatArray>, place: (at: number) => string): Scaled {
  const values = contiguous(array);
  if (Number.isNaN(largestOf(values))) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    throwNotFinite(place(at), values[at]!);
  }
  return { values, exponent: normalise(values) };
}

export function throwNotFinite(subject: string, value: number): never {
  throw error('not-finite', { subject, rule: 'must be a finite number', got: value });
}
