import type { FloatArray } from '../float-array.ts';
import type { Dense } from './matmul.ts';
import { norm } from './powers-of-two.ts';

export interface QR {
  /** Orthonormal columns, [m][min(m, n)]. */
  readonly q: Float64Array;
  /** Upper trapezoidal, [min(m, n)][n]. */
  readonly r: Float64Array;
}

/**
 * Thin QR decomposition of A [m][n], row-major, by Householder reflections. O(m n min(m, n)).
 *
 * It works on the transpose, where columns are contiguous. Golub and Van Loan, Matrix Computations, §5.2.
 */
export function qr(a: FloatArray, m: number, n: number): QR {
  const columns = transposed(a, m, n);
  const k = Math.min(m, n);
  const scales = reflectColumns(columns, m, n);
  const r = new Float64Array(k * n);
  for (let j = 0; j < n; j++)
    for (let i = 0; i <= Math.min(j, k - 1); i++) r[i * n + j] = columns[j * m + i]!;
  return { q: transposed(formQ(columns, scales, m), k, m), r };
}

/** Rows reduced at a time. */
const CHUNK = 1024;

/**
 * The triangular factor R [s][s] of a tall matrix with s columns: A itself ('columns', s = n), or its transpose
 * ('rows', s = m). R^T R is A^T A or A A^T. Rows are reduced in chunks, so that A is never copied.
 * O(m n s).
 */
export function triangularFactor({ a, m, n }: Dense, of: 'rows' | 'columns'): Float64Array {
  const s = of === 'rows' ? m : n;
  const long = of === 'rows' ? n : m;
  const r = new Float64Array(s * s);
  for (let start = 0; start < long; start += CHUNK) {
    const length = Math.min(CHUNK, long - start);
    const height = s + length;
    const columns = new Float64Array(s * height);
    for (let j = 0; j < s; j++) {
      const at = j * height;
      for (let i = 0; i <= j; i++) columns[at + i] = r[i * s + j]!;
      const from = of === 'rows' ? j * n + start : start * n + j;
      const stride = of === 'rows' ? 1 : n;
      for (let i = 0; i < length; i++) columns[at + s + i] = a[from + i * stride]!;
    }
    reflectColumns(columns, height, s);
    for (let j = 0; j < s; j++) for (let i = 0; i <= j; i++) r[i * s + j] = columns[j * height + i]!;
  }
  return r;
}

/** The transpose, [n][m], of a row-major matrix [m][n], in float64. */
export function transposed(a: FloatArray, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0, from = i * n; j < n; j++) out[j * m + i] = a[from + j]!;
  return out;
}

/**
 * Reduces n columns of length m to triangular form in place: R on and above the diagonal, and below it the tail of each
 * reflector I - scale v v^T, whose leading entry 1 is not stored.
 *
 * @returns the scale of each reflector, [min(m, n)]; 0 where a column needed none
 */
function reflectColumns(columns: Float64Array, m: number, n: number): Float64Array {
  const scales = new Float64Array(Math.min(m, n));
  for (let k = 0; k < scales.length; k++) {
    const at = k * m;
    const head = columns[at + k]!;
    const tail = norm(columns, at + k + 1, m - k - 1);
    if (tail === 0) continue;
    const length = head > 0 ? -Math.hypot(head, tail) : Math.hypot(head, tail);
    const pivot = head - length;
    for (let i = k + 1; i < m; i++) columns[at + i]! /= pivot;
    columns[at + k] = length;
    const scale = -pivot / length;
    scales[k] = scale;
    reflectAll(columns, at + k, columns, { first: k + 1, end: n, m, length: m - k, scale });
  }
  return scales;
}

/** The first columns of the product of the reflectors, one after another, [scales][m]. */
function formQ(columns: Float64Array, scales: Float64Array, m: number): Float64Array {
  const q = new Float64Array(scales.length * m);
  for (let j = 0; j < scales.length; j++) q[j * m + j] = 1;
  for (let k = scales.length - 1; k >= 0; k--) {
    if (scales[k] === 0) continue;
    reflectAll(columns, k * m + k, q, { first: k, end: scales.length, m, length: m - k, scale: scales[k]! });
  }
  return q;
}

interface Reflection {
  /** The columns of the matrix that are reflected. */
  readonly first: number;
  readonly end: number;
  /** The length of a column, of which the last `length` numbers are reflected. */
  readonly m: number;
  readonly length: number;
  readonly scale: number;
}

/** x -= scale v (v . x) for columns x, with v = 1 followed by what is stored after `v`. */
function reflectAll(
  vs: Float64Array,
  v: number,
  columns: Float64Array,
  { first, end, m, length, scale }: Reflection,
): void {
  const start = m - length;
  let j = first;
  for (; j + 4 <= end; j += 4) reflectFour(vs, v, columns.subarray(j * m, (j + 4) * m), { start, m, scale });
  for (; j < end; j++) reflect(vs, v, columns.subarray(j * m + start, (j + 1) * m), scale);
}

function reflect(vs: Float64Array, v: number, x: Float64Array, scale: number): void {
  let s0 = x[0]!;
  let s1 = 0;
  let i = 1;
  for (; i + 1 < x.length; i += 2) {
    s0 += vs[v + i]! * x[i]!;
    s1 += vs[v + i + 1]! * x[i + 1]!;
  }
  if (i < x.length) s0 += vs[v + i]! * x[i]!;
  const factor = scale * (s0 + s1);
  x[0]! -= factor;
  for (let l = 1; l < x.length; l++) x[l]! -= factor * vs[v + l]!;
}

/** Four columns of length m, from row `start` on, which share what they read of v. */
function reflectFour(
  vs: Float64Array,
  v: number,
  x: Float64Array,
  { start, m, scale }: { readonly start: number; readonly m: number; readonly scale: number },
): void {
  const [second, third, fourth] = [m, 2 * m, 3 * m];
  let f0 = x[start]!;
  let f1 = x[start + second]!;
  let f2 = x[start + third]!;
  let f3 = x[start + fourth]!;
  for (let i = start + 1, at = v + 1; i < m; i++, at++) {
    const value = vs[at]!;
    f0 += value * x[i]!;
    f1 += value * x[i + second]!;
    f2 += value * x[i + third]!;
    f3 += value * x[i + fourth]!;
  }
  f0 *= scale;
  f1 *= scale;
  f2 *= scale;
  f3 *= scale;
  x[start]! -= f0;
  x[start + second]! -= f1;
  x[start + third]! -= f2;
  x[start + fourth]! -= f3;
  for (let i = start + 1, at = v + 1; i < m; i++, at++) {
    const value = vs[at]!;
    x[i]! -= f0 * value;
    x[i + second]! -= f1 * value;
    x[i + third]! -= f2 * value;
    x[i + fourth]! -= f3 * value;
  }
}
