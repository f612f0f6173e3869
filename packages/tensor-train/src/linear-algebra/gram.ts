import type { FloatArray } from '../float-array.ts';
import type { Dense, Matmul } from './matmul.ts';

/** Terms summed by one product, which may sum in float32; their sums are added in float64. */
const TERMS = 4096;

/**
 * Adds A^T A to `out` [n][n]. Both operands of the product are the same array, so that it may compute one half only:
 * m n^2 operations instead of 2 m n^2.
 *
 * @param product room for one product, [n][n]
 */
export function addGramOfColumns(
  { a, m, n }: Dense,
  out: Float64Array,
  matmul: Matmul,
  product: Float64Array = new Float64Array(n * n),
): void {
  for (let start = 0; start < m; start += TERMS) {
    const k = Math.min(TERMS, m - start);
    const rows = a.subarray(start * n, (start + k) * n);
    matmul({ a: rows, b: rows, out: product, m: n, n, k, transposeA: true });
    for (let i = 0; i < out.length; i++) out[i]! += product[i]!;
  }
}

/** Adds A A^T to `out` [m][m], with one half of the operations as well. */
export function addGramOfRows(
  { a, m, n }: Dense,
  out: Float64Array,
  matmul: Matmul,
  product: Float64Array = new Float64Array(m * m),
): void {
  const terms = Math.min(TERMS, n);
  const storage: FloatArray =
    a instanceof Float32Array ? new Float32Array(m * terms) : new Float64Array(m * terms);
  for (let start = 0; start < n; start += terms) {
    const k = Math.min(terms, n - start);
    const columns = storage.subarray(0, m * k);
    for (let i = 0; i < m; i++) columns.set(a.subarray(i * n + start, i * n + start + k), i * k);
    matmul({ a: columns, b: columns, out: product, m, n: m, k, transposeB: true });
    for (let i = 0; i < out.length; i++) out[i]! += product[i]!;
  }
}
