/** A matrix of a few dozen rows and columns in float64, row-major. */
export interface SmallMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

export function zeros(rows: number, cols: number): SmallMatrix {
  return { rows, cols, values: new Float64Array(rows * cols) };
}

export function identity(size: number): SmallMatrix {
  const matrix = zeros(size, size);
  addToDiagonal(matrix, 1);
  return matrix;
}

/** A B. O(rows · cols · inner). */
export function multiply(a: SmallMatrix, b: SmallMatrix): SmallMatrix {
  const out = zeros(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++)
    for (let k = 0; k < a.cols; k++) addRow(out, i, a.values[i * a.cols + k]!, b, k);
  return out;
}

/** Aᵀ B. O(rows · cols · inner). */
export function multiplyTransposed(a: SmallMatrix, b: SmallMatrix): SmallMatrix {
  const out = zeros(a.cols, b.cols);
  for (let k = 0; k < a.rows; k++)
    for (let i = 0; i < a.cols; i++) addRow(out, i, a.values[k * a.cols + i]!, b, k);
  return out;
}

/** Adds factor · B to A. */
export function addScaled(a: SmallMatrix, factor: number, b: SmallMatrix): void {
  for (let at = 0; at < a.values.length; at++) a.values[at]! += factor * b.values[at]!;
}

export function addToDiagonal({ cols, values }: SmallMatrix, by: number): void {
  for (let at = 0; at < values.length; at += cols + 1) values[at]! += by;
}

export function trace({ cols, values }: SmallMatrix): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += cols + 1) sum += values[at]!;
  return sum;
}

/**
 * X with A X = B for a symmetric positive definite A, of which the lower half is read, by Cholesky's decomposition A = L Lᵀ
 * (Golub and Van Loan, "Matrix Computations", 4.2.5). O(n³ + n² · columns of B).
 *
 * @throws RangeError for a matrix that is not positive definite
 */
export function solvePositiveDefinite(a: SmallMatrix, b: SmallMatrix): SmallMatrix {
  const n = a.rows;
  const lower = zeros(n, n);
  const l = lower.values;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a.values[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i === j && !(sum > 0)) throw new RangeError('the matrix must be positive definite');
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j]!;
    }
  }
  const x: SmallMatrix = { ...b, values: b.values.slice() };
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) addRow(x, i, -l[i * n + k]!, x, k);
    divideRow(x, i, l[i * n + i]!);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) addRow(x, i, -l[k * n + i]!, x, k);
    divideRow(x, i, l[i * n + i]!);
  }
  return x;
}

/** Adds factor times row `from` of B to row `to` of A. */
function addRow(a: SmallMatrix, to: number, factor: number, b: SmallMatrix, from: number): void {
  const { cols } = b;
  for (let j = 0; j < cols; j++) a.values[to * cols + j]! += factor * b.values[from * cols + j]!;
}

function divideRow({ cols, values }: SmallMatrix, row: number, by: number): void {
  for (let j = row * cols; j < (row + 1) * cols; j++) values[j]! /= by;
}
