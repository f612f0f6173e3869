// exp and log1p in float64, from additions, multiplications and divisions alone: the libraries of systems differ in the
// last bit. packages/backend-wasm/assembly/numbers/exp-log.ts takes the same steps.
#pragma once

namespace {

// exp(x) for x <= 0, within 1 ulp: x = n·ln 2 + r with |r| <= ln 2 / 2, and the Taylor series of exp(r).
static double expOfNegative(double x) {
  if (x != x) return x;
  if (x < -708) return 0;
  const double shift = 6755399441055744.0;  // 1.5 · 2^52: adding it rounds to an integer.
  const double n = (x * 1.4426950408889634 + shift) - shift;
  const double r = (x - n * 0.6931471803691238) - n * 1.9082149292705877e-10;
  double sum = 1.0 / 6227020800;
  sum = sum * r + 1.0 / 479001600;
  sum = sum * r + 1.0 / 39916800;
  sum = sum * r + 1.0 / 3628800;
  sum = sum * r + 1.0 / 362880;
  sum = sum * r + 1.0 / 40320;
  sum = sum * r + 1.0 / 5040;
  sum = sum * r + 1.0 / 720;
  sum = sum * r + 1.0 / 120;
  sum = sum * r + 1.0 / 24;
  sum = sum * r + 1.0 / 6;
  sum = sum * r + 0.5;
  sum = sum * r + 1;
  sum = sum * r + 1;
  const uint64_t bits = (uint64_t)((int64_t)n + 1023) << 52;
  double scale;
  memcpy(&scale, &bits, 8);
  return sum * scale;
}

// log(1 + u) for u from 0 to 1, within 2 ulp: 2 atanh(s) with s = u / (2 + u) <= 1/3, and its series.
static double log1pOfFraction(double u) {
  const double s = u / (2 + u), square = s * s;
  double sum = 1.0 / 35;
  for (int k = 33; k > 0; k -= 2) sum = sum * square + 1.0 / k;
  return 2 * s * sum;
}

}  // namespace
