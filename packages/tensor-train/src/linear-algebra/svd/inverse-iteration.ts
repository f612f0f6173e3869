import { fillNormal, RandomStream } from '@ttrec/core';
import { normOf, type Tridiagonal } from './tridiagonal.ts';

/**
 * The eigenvectors of the largest eigenvalues of T, rows [count][n] of length 1, by inverse iteration from random starts.
 * Each is kept orthogonal to those before it, so that equal and nearly equal values get a basis. Undefined if one is not
 * an eigenvector to rounding. O(n count²).
 *
 * Golub and Van Loan, §8.2.2 and 8.4.
 *
 * @param values all eigenvalues of T, descending
 */
export function leadingVectors(
  t: Tridiagonal,
  values: Float64Array,
  count: number,
): Float64Array | undefined {
  const n = t.diagonal.length;
  const rounding = Number.EPSILON * normOf(t);
  const rows = new Float64Array(count * n);
  fillNormal(rows, new RandomStream(0, 'tensor-train/inverse-iteration'));
  let shift = Infinity;
  for (let j = 0; j < count; j++) {
    const row = rows.subarray(j * n, (j + 1) * n);
    // The systems of equal values would be one and the same.
    shift = Math.min(values[j]!, shift - rounding);
    const factors = factorise(t, shift, rounding);
    for (let turn = 0; turn < TURNS; turn++) {
      solve(factors, row);
      scaleToLength1(row);
      for (let twice = 0; twice < 2; twice++) clearOf(rows, j, row);
      scaleToLength1(row);
    }
    if (!(residual(t, values[j]!, row) <= NEAR * n * rounding)) return undefined;
  }
  return rows;
}

/** The second turn is at rounding; the third is for starts that hold little of the vector. */
const TURNS = 3;

/** The residual of an eigenvector is a few roundings; that of another vector has the size of the gap. */
const NEAR = 10;

interface Factors {
  /** The upper triangle, three diagonals. */
  readonly diagonal: Float64Array;
  readonly next: Float64Array;
  readonly afterNext: Float64Array;
  readonly multiples: Float64Array;
  /** 1 where rows i and i + 1 were exchanged. */
  readonly exchanged: Uint8Array;
}

/** T - shift as L U, with partial pivoting. A pivot of 0 becomes `rounding`, since the matrix is singular on purpose. */
function factorise({ diagonal, beside }: Tridiagonal, shift: number, rounding: number): Factors {
  const n = diagonal.length;
  const d = diagonal.map((value) => value - shift);
  const next = new Float64Array(n);
  next.set(beside.subarray(1));
  const [below, afterNext, multiples] = [next.slice(), new Float64Array(n), new Float64Array(n)];
  const exchanged = new Uint8Array(n);
  for (let i = 0; i < n - 1; i++) {
    if (Math.abs(below[i]!) > Math.abs(d[i]!)) {
      exchanged[i] = 1;
      [d[i], below[i]] = [below[i]!, d[i]!];
      [next[i], d[i + 1]] = [d[i + 1]!, next[i]!];
      [afterNext[i], next[i + 1]] = [next[i + 1]!, 0];
    }
    if (d[i] === 0) d[i] = rounding;
    multiples[i] = below[i]! / d[i]!;
    d[i + 1]! -= multiples[i]! * next[i]!;
    next[i + 1]! -= multiples[i]! * afterNext[i]!;
  }
  if (Math.abs(d[n - 1]!) < rounding) d[n - 1] = rounding;
  return { diagonal: d, next, afterNext, multiples, exchanged };
}

function solve({ diagonal, next, afterNext, multiples, exchanged }: Factors, x: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n - 1; i++) {
    if (exchanged[i] === 1) [x[i], x[i + 1]] = [x[i + 1]!, x[i]!];
    x[i + 1]! -= multiples[i]! * x[i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let value = x[i]!;
    if (i + 1 < n) value -= next[i]! * x[i + 1]!;
    if (i + 2 < n) value -= afterNext[i]! * x[i + 2]!;
    x[i] = value / diagonal[i]!;
  }
}

/** Takes from x what it has of the first `count` rows. */
function clearOf(rows: Float64Array, count: number, x: Float64Array): void {
  const n = x.length;
  for (let start = 0; start < count * n; start += n) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += rows[start + k]! * x[k]!;
    for (let k = 0; k < n; k++) x[k]! -= sum * rows[start + k]!;
  }
}

function scaleToLength1(x: Float64Array): void {
  let largest = 0;
  for (const value of x) largest = Math.max(largest, Math.abs(value));
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += (x[k]! /= largest) ** 2;
  const length = Math.sqrt(sum);
  for (let k = 0; k < x.length; k++) x[k]! /= length;
}

/** The largest entry of |T x - value x|. */
function residual({ diagonal, beside }: Tridiagonal, value: number, x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const before = i > 0 ? beside[i]! * x[i - 1]! : 0;
    const after = i + 1 < x.length ? beside[i + 1]! * x[i + 1]! : 0;
    largest = Math.max(largest, Math.abs(before + (diagonal[i]! - value) * x[i]! + after));
  }
  return largest;
}
