/**
 * Products of thin operands as dot products, which need nothing packed. Strides in bytes. A sum has sixteen lanes, as wide
 * vectors have: number p of the operands goes to lane p mod 16. They are added as 8 + 8, 4 + 4, 2 + 2, 1 + 1, so that every
 * engine returns the same bits.
 */
import { madd, zero } from '../numbers/simd';

/** Rows of a against rows of b, which are few. */
export function dots(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: usize, n: usize, k: usize): void {
  for (let j: usize = 0; j < n; j++) dotsOfOne(b + j * ldb, a, lda, m, k, c + (j << 2), ldc);
}

/** One vector against `rows` rows; results are `step` bytes apart. */
function dotsOfOne(x: usize, y: usize, ldy: usize, rows: usize, k: usize, to: usize, step: usize): void {
  let i: usize = 0;
  for (; i + 2 <= rows; i += 2, y += 2 * ldy, to += 2 * step) twoDots(x, y, y + ldy, k, to, to + step);
  if (i < rows) twoDots(x, y, y, k, to, to);
}

/** One vector against two rows: eight sums are under way, as many as start before the first is ready. */
function twoDots(x: usize, y0: usize, y1: usize, k: usize, to0: usize, to1: usize): void {
  let s00 = zero(), s01 = zero(), s02 = zero(), s03 = zero();
  let s10 = zero(), s11 = zero(), s12 = zero(), s13 = zero();
  const end = x + ((k & ~15) << 2);
  for (; x < end; x += 64, y0 += 64, y1 += 64) {
    let left = v128.load(x);
    s00 = madd(left, v128.load(y0), s00);
    s10 = madd(left, v128.load(y1), s10);
    left = v128.load(x, 16);
    s01 = madd(left, v128.load(y0, 16), s01);
    s11 = madd(left, v128.load(y1, 16), s11);
    left = v128.load(x, 32);
    s02 = madd(left, v128.load(y0, 32), s02);
    s12 = madd(left, v128.load(y1, 32), s12);
    left = v128.load(x, 48);
    s03 = madd(left, v128.load(y0, 48), s03);
    s13 = madd(left, v128.load(y1, 48), s13);
  }
  const rest = <i32>(k & 15);
  if (rest > 0) {
    // What lies past the end of the operands counts as zeros.
    let mask = lanesBelow(rest);
    let left = v128.and(mask, v128.load(x));
    s00 = madd(left, v128.and(mask, v128.load(y0)), s00);
    s10 = madd(left, v128.and(mask, v128.load(y1)), s10);
    mask = lanesBelow(rest - 4);
    left = v128.and(mask, v128.load(x, 16));
    s01 = madd(left, v128.and(mask, v128.load(y0, 16)), s01);
    s11 = madd(left, v128.and(mask, v128.load(y1, 16)), s11);
    mask = lanesBelow(rest - 8);
    left = v128.and(mask, v128.load(x, 32));
    s02 = madd(left, v128.and(mask, v128.load(y0, 32)), s02);
    s12 = madd(left, v128.and(mask, v128.load(y1, 32)), s12);
    mask = lanesBelow(rest - 12);
    left = v128.and(mask, v128.load(x, 48));
    s03 = madd(left, v128.and(mask, v128.load(y0, 48)), s03);
    s13 = madd(left, v128.and(mask, v128.load(y1, 48)), s13);
  }
  const s0 = f32x4.add(f32x4.add(s00, s02), f32x4.add(s01, s03));
  const s1 = f32x4.add(f32x4.add(s10, s12), f32x4.add(s11, s13));
  // [s0 0 + 2, s0 1 + 3, s1 0 + 2, s1 1 + 3]
  const pairs = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 1, 4, 5), v128.shuffle<f32>(s0, s1, 2, 3, 6, 7));
  const sums = f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2));
  v128.store32_lane(to0, sums, 0);
  v128.store32_lane(to1, sums, 2);
}

/** All bits of the lanes below `count`. */
@inline
function lanesBelow(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}
