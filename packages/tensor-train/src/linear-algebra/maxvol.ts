/** The largest entry of A times the inverse of its chosen rows, at the end. */
const BOUND = 1.02;
const MOST_SWAPS = 200;

/** Chosen rows of a matrix, and the matrix as combinations of them. */
export interface MaximumVolume {
  /** r different row indices, [r]. */
  readonly rows: Uint32Array;
  /** A times the inverse of its chosen rows, [m][r]; the identity at these rows, no entry much above 1. */
  readonly interpolation: Float64Array;
}

/**
 * The r rows of A [m][r] of nearly, locally maximal volume: rows by Gaussian elimination with row pivoting, then swaps
 * while one increases the volume by 2 %. A must have full column rank; pass orthonormal columns. O(m r^2 + swaps m r).
 *
 * Goreinov, Oseledets, Savostyanov, Tyrtyshnikov and Zamarashkin, "How to Find a Good Submatrix", 2010.
 */
export function maximumVolume(a: Float64Array, m: number, r: number): MaximumVolume {
  const rows = pivotRows(a, m, r);
  const interpolation = interpolate(a, m, r, rows);
  for (let swap = 0; swap < MOST_SWAPS; swap++) {
    const at = largest(interpolation);
    const value = interpolation[at]!;
    if (Math.abs(value) <= BOUND) break;
    const column = at % r;
    const row = (at - column) / r;
    exchange(interpolation, m, r, { row, column, value });
    rows[column] = row;
  }
  return { rows, interpolation };
}

/** Rows that partial pivoting picks, column by column. */
function pivotRows(a: Float64Array, m: number, r: number): Uint32Array {
  const work = new Float64Array(a.subarray(0, m * r));
  const rows = new Uint32Array(r);
  const taken = new Uint8Array(m);
  for (let k = 0; k < r; k++) {
    let pivot = -1;
    for (let i = 0; i < m; i++) {
      if (taken[i] === 0 && (pivot < 0 || Math.abs(work[i * r + k]!) > Math.abs(work[pivot * r + k]!)))
        pivot = i;
    }
    taken[pivot] = 1;
    rows[k] = pivot;
    for (let i = 0; i < m; i++) {
      if (taken[i] === 1) continue;
      const factor = work[i * r + k]! / work[pivot * r + k]!;
      for (let j = k; j < r; j++) work[i * r + j]! -= factor * work[pivot * r + j]!;
    }
  }
  return rows;
}

/** Solves X S = A for X [m][r], with S the chosen rows [r][r], by Gauss and Jordan with pivoting on the columns. */
function interpolate(a: Float64Array, m: number, r: number, rows: Uint32Array): Float64Array {
  const x = new Float64Array(a.subarray(0, m * r));
  const square = new Float64Array(r * r);
  rows.forEach((row, k) => {
    square.set(a.subarray(row * r, row * r + r), k * r);
  });
  // Column operations that turn S into the identity turn A into A S^-1.
  for (let k = 0; k < r; k++) {
    let pivot = k;
    for (let j = k + 1; j < r; j++)
      if (Math.abs(square[k * r + j]!) > Math.abs(square[k * r + pivot]!)) pivot = j;
    for (const matrix of [square, x]) swapColumns(matrix, r, k, pivot);
    const scale = 1 / square[k * r + k]!;
    const factors = Float64Array.from({ length: r }, (_, j) =>
      j === k ? 1 - scale : square[k * r + j]! * scale,
    );
    for (const matrix of [square, x]) subtractColumn(matrix, r, k, factors);
  }
  return x;
}

function swapColumns(matrix: Float64Array, r: number, first: number, second: number): void {
  if (first === second) return;
  for (let at = 0; at < matrix.length; at += r) {
    const kept = matrix[at + first]!;
    matrix[at + first] = matrix[at + second]!;
    matrix[at + second] = kept;
  }
}

/** Subtracts factors[j] times column k from every column j, including column k itself. */
function subtractColumn(matrix: Float64Array, r: number, k: number, factors: Float64Array): void {
  for (let at = 0; at < matrix.length; at += r) {
    const value = matrix[at + k]!;
    for (let j = 0; j < r; j++) matrix[at + j]! -= factors[j]! * value;
  }
}

function largest(values: Float64Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]!) > Math.abs(values[at]!)) at = i;
  return at;
}

/** Updates the interpolation when `row` takes the place of the chosen row of `column`. */
function exchange(
  x: Float64Array,
  m: number,
  r: number,
  { row, column, value }: { readonly row: number; readonly column: number; readonly value: number },
): void {
  const incoming = new Float64Array(x.subarray(row * r, row * r + r));
  incoming[column]! -= 1;
  for (let i = 0; i < m; i++) {
    const factor = x[i * r + column]! / value;
    for (let j = 0; j < r; j++) x[i * r + j]! -= factor * incoming[j]!;
  }
}
