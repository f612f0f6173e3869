import { product } from '@ttrec/core';
import type { NdArray } from 'ndarray';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import {
  exponentOf,
  largestOf,
  normalise,
  scaleInPlace,
  type Scaled,
} from '../linear-algebra/powers-of-two.ts';
import type { Factors } from '../shapes/tt-shape.ts';
import { toPieces } from '../tt/copy-pieces.ts';
import { columnOffsets, rowOffsets } from '../tt/tt-order.ts';

/** Entries up to 2^±16 are near enough to 1 for their squares, and stay as they are. */
const NEAR = 16;

/**
 * The entries of a table [N][D] in the order i_1 j_1 i_2 j_2 …, near 1, in the precision of the table. Rows past N are
 * zeros.
 *
 * @throws `tensor-train/not-finite`
 */
export function inTTOrder(table: NdArray<FloatArray>, factors: Factors): Scaled<FloatArray> {
  const { data, offset, stride } = table;
  const [numRows, numCols] = table.shape as [number, number];
  const size = product(factors.rowShape) * numCols;
  const values = data instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
  const isRowMajor = stride[0] === numCols && stride[1] === 1;
  if (isRowMajor) putRows(data.subarray(offset, offset + numRows * numCols), values, factors);
  else putEntries(table, values, factors);
  const largest = largestOf(values);
  if (Number.isNaN(largest)) throwFirstNotFinite(table);
  const exponent = exponentOf(largest);
  if (largest === 0 || Math.abs(exponent) <= NEAR) return { values, exponent: 0 };
  scaleInPlace(values, -exponent);
  return { values, exponent };
}

function putRows(rows: FloatArray, values: FloatArray, factors: Factors): void {
  const [p, q] = [factors.rowShape.at(-1)!, factors.colShape.at(-1)!];
  const places = rowOffsets(factors);
  const numCols = product(factors.colShape);
  const copy = toPieces(rows, values, { offsets: columnOffsets(factors).filter((_, j) => j % q === 0), q });
  const numRows = rows.length / numCols;
  for (let i = 0; i < numRows; i += p) copy(i * numCols, Math.min(p, numRows - i), places[i]!);
}

function putEntries(
  { data, offset, shape, stride }: NdArray<FloatArray>,
  values: FloatArray,
  factors: Factors,
): void {
  const [numRows, rowStride, colStride] = [shape[0]!, stride[0]!, stride[1]!];
  const rows = rowOffsets(factors);
  const columns = columnOffsets(factors);
  for (let i = 0; i < numRows; i++) {
    const from = offset + i * rowStride;
    const to = rows[i]!;
    for (let j = 0; j < columns.length; j++) values[to + columns[j]!] = data[from + j * colStride]!;
  }
}

function throwFirstNotFinite({ data, offset, shape, stride }: NdArray<FloatArray>): never {
  for (let i = 0; ; i++) {
    for (let j = 0; j < shape[1]!; j++) {
      const value = data[offset + i * stride[0]! + j * stride[1]!]!;
      if (!Number.isFinite(value)) throwNotFinite(`row ${i}, column ${j}`, value);
    }
  }
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
