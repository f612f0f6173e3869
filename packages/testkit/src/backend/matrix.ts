import { fillNormal, type RandomStream } from '@ttrec/core';

/** A row-major matrix of float64 numbers on the host: what oracles compute with. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

export function zeros(rows: number, cols: number): Matrix {
  return { rows, cols, data: new Float64Array(rows * cols) };
}

/** Entry (i, j) of `matrix` is `entry(i, j)`. */
export function matrixOf(rows: number, cols: number, entry: (i: number, j: number) => number): Matrix {
  const matrix = zeros(rows, cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) matrix.data[i * cols + j] = entry(i, j);
  }
  return matrix;
}

export function at(matrix: Matrix, i: number, j: number): number {
  return matrix.data[i * matrix.cols + j]!;
}

export function map(matrix: Matrix, change: (value: number) => number): Matrix {
  return { ...matrix, data: matrix.data.map(change) };
}

/** Absolute values: a sum of products of these is the scale to which rounding errors are relative. */
export function absolute(matrix: Matrix): Matrix {
  return map(matrix, Math.abs);
}

/** Normal numbers that float32 holds exactly, none of them zero. */
export function normal(rows: number, cols: number, stream: RandomStream): Matrix {
  const matrix = zeros(rows, cols);
  fillNormal(matrix.data, stream);
  return map(matrix, (value) => Math.fround(value) || 1);
}
