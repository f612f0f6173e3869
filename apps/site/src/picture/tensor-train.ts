import { fillNormal, RandomStream } from '@ttrec/core';

/** The table of the picture: a million rows of 16 numbers, as three cores of 100 slices each, of ranks 1, 16, 16, 1. */
export const ROWS = 1_000_000;
export const SLICES = 100;
const COLUMN_FACTORS = [2, 2, 4] as const;
const RANKS = [1, 16, 16, 1] as const;

export interface Core {
  /** A slice is a matrix: rows of the rank before, columns of the columns it makes times the rank after. */
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

export const DENSE_NUMBERS = ROWS * 16;

export const cores: readonly Core[] = COLUMN_FACTORS.map((q, k) => {
  const rows = RANKS[k]!;
  const columns = q * RANKS[k + 1]!;
  const values = new Float32Array(SLICES * rows * columns);
  fillNormal(values, new RandomStream(1, `picture/core-${k}`));
  return { rows, columns, values: values.map((value) => value / Math.sqrt(rows)) };
});

export const TT_NUMBERS = cores.reduce((sum, { values }) => sum + values.length, 0);

/** The digits of a row's number in base 100, the most significant first: which slice of each core it uses. */
export function digitsOf(row: number): readonly [number, number, number] {
  return [Math.floor(row / SLICES ** 2), Math.floor(row / SLICES) % SLICES, row % SLICES];
}

/** The row as the product of its three slices: 16 numbers. */
export function rowOf(row: number): Float32Array {
  let product: Float32Array = Float32Array.of(1);
  digitsOf(row).forEach((digit, k) => {
    product = times(product, cores[k]!, digit);
  });
  return product;
}

/** Rows of `left`, which are as long as a slice is high, times the slice. */
function times(left: Float32Array, { rows, columns, values }: Core, digit: number): Float32Array {
  const slice = values.subarray(digit * rows * columns, (digit + 1) * rows * columns);
  const product = new Float32Array((left.length / rows) * columns);
  for (let i = 0; i < left.length; i++) {
    const [at, k] = [Math.floor(i / rows) * columns, i % rows];
    for (let j = 0; j < columns; j++) product[at + j]! += left[i]! * slice[k * columns + j]!;
  }
  return product;
}
