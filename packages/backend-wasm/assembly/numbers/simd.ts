/** The one difference between the two builds: `x * y + sum` rounded once (relaxed) or twice (strict). */
@inline
export function madd(x: v128, y: v128, sum: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(x, y, sum) : f32x4.add(sum, f32x4.mul(x, y));
}

@inline
export function zero(): v128 {
  return f32x4.splat(0);
}

/** Stores the first `count` (1 to 4) lanes. */
@inline
export function storeUpTo4(to: usize, value: v128, count: usize): void {
  if (count >= 4) {
    v128.store(to, value);
    return;
  }
  if (count >= 2) v128.store64_lane(to, value, 0);
  else v128.store32_lane(to, value, 0);
  if (count == 3) v128.store32_lane(to, value, 2, 8);
}

/** Stores the first `count` (1 to 8) lanes of two vectors. */
@inline
export function storeUpTo8(to: usize, left: v128, right: v128, count: usize): void {
  if (count >= 8) {
    v128.store(to, left);
    v128.store(to, right, 16);
    return;
  }
  storeUpTo4(to, left, count);
  if (count > 4) storeUpTo4(to + 16, right, count - 4);
}
