/** Householder vectors of a symmetric matrix A and the tridiagonal T = Qᵀ A Q that they lead to. */
export interface Tridiagonal {
  /** [n], the diagonal of T. */
  readonly diagonal: Float64Array;
  /** [n], the numbers beside it; the first, before row 0, is 0. */
  readonly beside: Float64Array;
  /** Row i starts with the i numbers of the vector that cleared it, [n][n]; what follows has no meaning. */
  readonly reflectors: Float64Array;
  /** [n], half the square of each vector's length; 0 where nothing had to be cleared. */
  readonly halves: Float64Array;
}

/**
 * Householder's tridiagonalisation from the last row up, on the lower triangle of A [n][n], which is overwritten. 4/3 n³
 * operations.
 *
 * Golub and Van Loan, Matrix Computations, §8.3.1.
 */
export function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  const [diagonal, beside, halves, w] = Array.from({ length: 4 }, () => new Float64Array(n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = n - 1; i > 0; i--) {
    const u = a.subarray(i * n, i * n + i);
    diagonal[i] = a[i * n + i]!;
    const last = u[i - 1]!;
    let before = 0;
    for (let k = 0; k < i - 1; k++) before += u[k]! * u[k]!;
    beside[i] = last;
    if (before === 0) continue;
    const length = Math.sqrt(before + last * last);
    beside[i] = last > 0 ? -length : length;
    u[i - 1] = last - beside[i]!;
    halves[i] = length * (length + Math.abs(last));
    reflect(a, n, u, { half: halves[i]!, w });
  }
  diagonal[0] = a[0]!;
  return { diagonal, beside, reflectors: a, halves };
}

/** P A P with P = I - u uᵀ / half, on the lower triangle of the leading block of u's length: A - u wᵀ - w uᵀ. */
function reflect(
  a: Float64Array,
  n: number,
  u: Float64Array,
  { half, w }: { readonly half: number; readonly w: Float64Array },
): void {
  const m = u.length;
  w.fill(0, 0, m);
  for (let j = 0; j < m; j += 4) {
    const rows = Math.min(4, m - j);
    const beside = rows === 4 ? j : 0;
    if (rows === 4) multiplyFour(a, n, j, u, w);
    for (let i = j; i < j + rows; i++) multiplyRow(a.subarray(i * n, i * n + i + 1), beside, u, w);
  }
  let along = 0;
  for (let j = 0; j < m; j++) along += u[j]! * (w[j]! /= half);
  along /= 2 * half;
  for (let j = 0; j < m; j++) w[j]! -= along * u[j]!;
  for (let j = 0; j < m; j += 4) {
    const rows = Math.min(4, m - j);
    const beside = rows === 4 ? j : 0;
    if (rows === 4) updateFour(a, n, j, u, w);
    for (let i = j; i < j + rows; i++) {
      const [row, ui, wi] = [i * n, u[i]!, w[i]!];
      for (let k = beside; k <= i; k++) a[row + k]! -= ui * w[k]! + wi * u[k]!;
    }
  }
}

/** Adds to w what the last row of a triangle, from column `start` on, and the same column give of A u. */
function multiplyRow(row: Float64Array, start: number, u: Float64Array, w: Float64Array): void {
  const j = row.length - 1;
  const uj = u[j]!;
  let sum = row[j]! * uj;
  for (let k = start; k < j; k++) {
    sum += row[k]! * u[k]!;
    w[k]! += row[k]! * uj;
  }
  w[j]! += sum;
}

/** The same for columns 0 … j - 1 of rows j … j + 3, which share what they read of u and w. */
function multiplyFour(a: Float64Array, n: number, j: number, u: Float64Array, w: Float64Array): void {
  const [u0, u1, u2, u3] = [u[j]!, u[j + 1]!, u[j + 2]!, u[j + 3]!];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let k = 0, at = j * n; k < j; k++, at++) {
    const uk = u[k]!;
    const a0 = a[at]!;
    const a1 = a[at + n]!;
    const a2 = a[at + 2 * n]!;
    const a3 = a[at + 3 * n]!;
    s0 += a0 * uk;
    s1 += a1 * uk;
    s2 += a2 * uk;
    s3 += a3 * uk;
    w[k]! += a0 * u0 + a1 * u1 + (a2 * u2 + a3 * u3);
  }
  w[j]! += s0;
  w[j + 1]! += s1;
  w[j + 2]! += s2;
  w[j + 3]! += s3;
}

/** A - u wᵀ - w uᵀ for columns 0 … j - 1 of rows j … j + 3. */
function updateFour(a: Float64Array, n: number, j: number, u: Float64Array, w: Float64Array): void {
  const [u0, u1, u2, u3] = [u[j]!, u[j + 1]!, u[j + 2]!, u[j + 3]!];
  const [w0, w1, w2, w3] = [w[j]!, w[j + 1]!, w[j + 2]!, w[j + 3]!];
  for (let k = 0, at = j * n; k < j; k++, at++) {
    const uk = u[k]!;
    const wk = w[k]!;
    a[at]! -= u0 * wk + w0 * uk;
    a[at + n]! -= u1 * wk + w1 * uk;
    a[at + 2 * n]! -= u2 * wk + w2 * uk;
    a[at + 3 * n]! -= u3 * wk + w3 * uk;
  }
}

/** Turns rows of vectors [count][n] from the basis of T to that of A, in place. 2 n² count operations. */
export function turnBack({ reflectors, halves }: Tridiagonal, vectors: Float64Array, n: number): void {
  for (let i = 1; i < n; i++) {
    const half = halves[i]!;
    if (half === 0) continue;
    const u = reflectors.subarray(i * n, i * n + i);
    for (let start = 0; start < vectors.length; start += n) {
      let sum = 0;
      for (let k = 0; k < i; k++) sum += u[k]! * vectors[start + k]!;
      sum /= half;
      for (let k = 0; k < i; k++) vectors[start + k]! -= sum * u[k]!;
    }
  }
}

/**
 * The eigenvalues of T, descending, by the implicit QL iteration without vectors; absolutely accurate to rounding of the
 * largest. Undefined if one does not converge. O(n²).
 *
 * Golub and Van Loan, §8.3.3 to 8.3.5.
 */
export function eigenvaluesOf({ diagonal, beside }: Tridiagonal): Float64Array | undefined {
  const n = diagonal.length;
  const d = diagonal.slice();
  const e = new Float64Array(n);
  e.set(beside.subarray(1));
  const negligible = (Number.EPSILON / 2) * normOf({ diagonal, beside });
  for (let low = 0; low < n; low++) {
    for (let turn = 0; ; turn++) {
      let high = low;
      while (high < n - 1 && Math.abs(e[high]!) > negligible) high++;
      if (high === low) break;
      if (turn === MOST_TURNS) return undefined;
      chase(d, e, low, high);
    }
  }
  return d.sort().reverse();
}

/** Real matrices take two or three a value. */
const MOST_TURNS = 60;

/** One implicit QL step with Wilkinson's shift on the block low … high. */
function chase(d: Float64Array, e: Float64Array, low: number, high: number): void {
  let g = (d[low + 1]! - d[low]!) / (2 * e[low]!);
  g = d[high]! - d[low]! + e[low]! / (g + (g < 0 ? -1 : 1) * Math.sqrt(g * g + 1));
  let [sine, cosine, moved] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= moved;
      e[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = d[i + 1]! - moved;
    const turned = (d[i]! - g) * sine + 2 * cosine * b;
    moved = sine * turned;
    d[i + 1] = g + moved;
    g = cosine * turned - b;
  }
  d[low]! -= moved;
  e[low] = g;
  e[high] = 0;
}

/** The largest sum of absolute values of a row of T. */
export function normOf({ diagonal, beside }: Pick<Tridiagonal, 'diagonal' | 'beside'>): number {
  let largest = 0;
  for (let i = 0; i < diagonal.length; i++) {
    const next = i + 1 < diagonal.length ? Math.abs(beside[i + 1]!) : 0;
    largest = Math.max(largest, Math.abs(beside[i]!) + Math.abs(diagonal[i]!) + next);
  }
  return largest;
}
