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
  /** Slice number `digit`, made when it is asked for: 61,000 random numbers would delay the page. */
  readonly slice: (digit: number) => Float32Array;
}

export const DENSE_NUMBERS = ROWS * 16;

export const cores: readonly Core[] = COLUMN_FACTORS.map((q, k) => {
  const rows = RANKS[k]!;
  const columns = q * RANKS[k + 1]!;
  const slice = (digit: number) => {
    const values = new Float32Array(rows * columns);
    fillNormal(values, new RandomStream(1, `picture/core-${k}/slice-${digit}`));
    return values.map((value) => value / Math.sqrt(rows));
  };
  return { rows, columns, slice };
});

export const TT_NUMBERS = cores.reduce((sum, { rows, columns }) => sum + SLICES * rows * columns, 0);

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
function times(left: Float32Array, { rows, columns, slice: sliceOf }: Core, digit: number): Float32Array {
  const slice = sliceOf(digit);
  const product = new Float32Array((left.length / rows) * columns);
  for (let i = 0; i < left.length; i++) {
    const [at, k] = [Math.floor(i / rows) * columns, i % rows];
    for (let j = 0; j < columns; j++) product[at + j]! += left[i]! * slice[k * columns + j]!;
  }
  return product;
}
