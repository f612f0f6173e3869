import type { NdArray } from 'ndarray';
import { product } from '../check.ts';
import { error } from '../error.ts';
import type { FloatArray } from '../linear-algebra/matmul.ts';
import type { TTShape } from '../shapes/tt-shape.ts';
import { columnOffsets, rowOffsets } from '../trains/tt-order.ts';

/**
 * The entries of a table [N][D] in the order i_1 j_1 i_2 j_2 …, in the table's own precision; rows past N are zeros.
 *
 * @throws `tensor-train/not-finite`
 */
export function inTTOrder(
  table: NdArray<FloatArray>,
  factors: Pick<TTShape, 'rowShape' | 'colShape'>,
): FloatArray {
  const { data, offset } = table;
  const [numRows, numCols] = table.shape as [number, number];
  const [rowStride, colStride] = table.stride as [number, number];
  const size = product(factors.rowShape) * numCols;
  const out = data instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
  const rows = rowOffsets(factors);
  const columns = columnOffsets(factors);
  for (let i = 0; i < numRows; i++) {
    const from = offset + i * rowStride;
    const to = rows[i]!;
    for (let j = 0; j < numCols; j++) {
      const value = data[from + j * colStride]!;
      // The difference is NaN for infinities and NaN alone.
      if (value - value !== 0) throwNotFinite(`row ${i}, column ${j}`, value);
      out[to + columns[j]!] = value;
    }
  }
  return out;
}

/** Refuses NaN and infinities; `place` puts a position into words. */
export function checkFinite(values: FloatArray, place: (at: number) => string): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value - value !== 0) throwNotFinite(place(at), value);
  }
}

export function throwNotFinite(subject: string, value: number): never {
  throw error('not-finite', { subject, rule: 'must be a finite number', got: value });
}

/** The root of the sum of the first `length` squares. */
export function frobenius(values: FloatArray, length: number): number {
  let sum = 0;
  for (let at = 0; at < length; at++) sum += values[at]! * values[at]!;
  return Math.sqrt(sum);
}
