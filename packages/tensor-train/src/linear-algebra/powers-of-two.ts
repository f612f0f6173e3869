import type { FloatArray } from '../float-array.ts';

/*
 * Multiplying by a power of two is exact unless the result is subnormal, and commutes with products, sums, QR and SVD.
 * The algorithms of this package scale their input to a largest entry near 1 and scale the result back: no square
 * overflows or vanishes that the result needs, and a problem has the same bits at every scale.
 */

/** 2^exponent times some values. */
export interface Scaled<T = Float64Array> {
  readonly values: T;
  readonly exponent: number;
}

/** Largest exponent that is far from the ends of float64, 2^-1022 and 2^1024. */
export const SAFE_EXPONENT = 900;

/** The e with 2^e <= |x| < 2^(e + 1); -Infinity for 0, NaN for numbers that are not finite. */
export function exponentOf(x: number): number {
  const size = Math.abs(x);
  if (size === 0) return -Infinity;
  if (!(size < Infinity)) return Number.NaN;
  // The rounded logarithm may be off by one next to a power of two.
  const guess = Math.floor(Math.log2(size));
  if (guess < -1000) return exponentOf(size * 2 ** 60) - 60;
  return size < 2 ** guess ? guess - 1 : size / 2 >= 2 ** guess ? guess + 1 : guess;
}

/** x times 2^exponent, without overflow or underflow on the way. */
export function timesPowerOfTwo(x: number, exponent: number): number {
  // Beyond 2^±2200 every result is 0 or infinite.
  let rest = Math.max(-2200, Math.min(2200, exponent));
  let result = x;
  for (; rest > 1000; rest -= 1000) result *= 2 ** 1000;
  for (; rest < -1000; rest += 1000) result *= 2 ** -1000;
  return result * 2 ** rest;
}

/** The root of x times 2^exponent. */
export function rootOf(x: number, exponent: number): number {
  const odd = exponent % 2;
  return timesPowerOfTwo(Math.sqrt(x * 2 ** odd), (exponent - odd) / 2);
}

/** Multiplies the first `length` values by 2^exponent, in place. */
export function scaleInPlace(values: FloatArray, exponent: number, length = values.length): void {
  if (exponent === 0) return;
  if (Math.abs(exponent) <= 1000) {
    const factor = 2 ** exponent;
    for (let at = 0; at < length; at++) values[at]! *= factor;
  } else {
    for (let at = 0; at < length; at++) values[at] = timesPowerOfTwo(values[at]!, exponent);
  }
}

/** Turns values divided by 2^from into values divided by 2^to, in place; `from` is -Infinity for zeros. */
export function raise(values: FloatArray, from: number, to: number): void {
  if (from !== -Infinity) scaleInPlace(values, from - to);
}

/** The largest absolute value; NaN if some value is not finite. */
export function largestOf(values: FloatArray): number {
  if (values instanceof Float32Array) return largestOfFloat32(values);
  let largest = 0;
  for (let at = 0; at < values.length; at++) {
    const size = Math.abs(values[at]!);
    if (size <= largest) continue;
    if (!(size < Infinity)) return Number.NaN;
    largest = size;
  }
  return largest;
}

/** Without their signs, the bits of float32 numbers are ordered as they are; infinities and NaN come last. */
function largestOfFloat32({ buffer, byteOffset, length }: Float32Array): number {
  const bits = new Int32Array(buffer, byteOffset, length);
  const most = new Int32Array(1);
  let [a, b, at] = [0, 0, 0];
  for (; at + 1 < length; at += 2) {
    a = Math.max(a, bits[at]! & 0x7fffffff);
    b = Math.max(b, bits[at + 1]! & 0x7fffffff);
  }
  if (at < length) a = Math.max(a, bits[at]! & 0x7fffffff);
  most[0] = Math.max(a, b);
  const largest = new Float32Array(most.buffer)[0]!;
  return largest < Infinity ? largest : Number.NaN;
}

/** Scales values in place to a largest one in [1, 2). @returns the exponent taken out; 0 for zeros */
export function normalise(values: FloatArray): number {
  const exponent = exponentOf(largestOf(values));
  // Zeros have no exponent, and neither have non-finite values.
  if (!Number.isFinite(exponent)) return 0;
  scaleInPlace(values, -exponent);
  return exponent;
}

/** The root of the sum of `length` squares, without overflow or underflow on the way. */
export function norm(values: FloatArray, start = 0, length = values.length - start): number {
  let sum = 0;
  for (let at = start; at < start + length; at++) sum += values[at]! * values[at]!;
  // Within these bounds, no square that matters is lost.
  if (sum > 2 ** -900 && sum < Infinity) return Math.sqrt(sum);
  const scaled = new Float64Array(values.subarray(start, start + length));
  const exponent = normalise(scaled);
  sum = 0;
  for (const value of scaled) sum += value * value;
  return timesPowerOfTwo(Math.sqrt(sum), exponent);
}
