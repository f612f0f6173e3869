/** Products of thin operands as dot products, which need nothing packed. Strides in bytes. */
import { madd, storeUpTo4, zero } from './simd';

/** Rows of a against rows of b. */
export function dots(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: usize, n: usize, k: usize): void {
  if (m < n) {
    for (let i: usize = 0; i < m; i++) {
      let j: usize = 0;
      for (; j + 8 <= n; j += 8) eightDots(a + i * lda, b + j * ldb, ldb, k, c + i * ldc + (j << 2));
      for (; j < n; j += 4) {
        storeUpTo4(c + i * ldc + (j << 2), fourDots(a + i * lda, b + j * ldb, ldb, n - j, k), n - j);
      }
    }
    return;
  }
  for (let j: usize = 0; j < n; j++) {
    for (let i: usize = 0; i < m; i += 4) {
      const sums = fourDots(b + j * ldb, a + i * lda, lda, m - i, k);
      const to = c + i * ldc + (j << 2);
      store<f32>(to, f32x4.extract_lane(sums, 0));
      if (i + 1 < m) store<f32>(to + ldc, f32x4.extract_lane(sums, 1));
      if (i + 2 < m) store<f32>(to + 2 * ldc, f32x4.extract_lane(sums, 2));
      if (i + 3 < m) store<f32>(to + 3 * ldc, f32x4.extract_lane(sums, 3));
    }
  }
}

/** One vector against up to four rows; lanes past `rows` repeat the first. */
function fourDots(x: usize, y: usize, ldy: usize, rows: usize, k: usize): v128 {
  let y0 = y;
  let y1 = y + (rows > 1 ? ldy : 0);
  let y2 = y + (rows > 2 ? 2 * ldy : 0);
  let y3 = y + (rows > 3 ? 3 * ldy : 0);
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
  const end = x + (k << 2);
  while (x + 16 <= end) {
    const left = v128.load(x);
    s0 = madd(left, v128.load(y0), s0);
    s1 = madd(left, v128.load(y1), s1);
    s2 = madd(left, v128.load(y2), s2);
    s3 = madd(left, v128.load(y3), s3);
    x += 16;
    y0 += 16;
    y1 += 16;
    y2 += 16;
    y3 += 16;
  }
  return withTail(acrossLanes(s0, s1, s2, s3), x, end, y0, y1, y2, y3);
}

/** One vector against eight rows: with four alone, each sum waits for itself. */
function eightDots(x: usize, y: usize, ldy: usize, k: usize, to: usize): void {
  let y0 = y;
  let y1 = y0 + ldy;
  let y2 = y1 + ldy;
  let y3 = y2 + ldy;
  let y4 = y3 + ldy;
  let y5 = y4 + ldy;
  let y6 = y5 + ldy;
  let y7 = y6 + ldy;
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
  let s4 = zero(), s5 = zero(), s6 = zero(), s7 = zero();
  const end = x + (k << 2);
  while (x + 16 <= end) {
    const left = v128.load(x);
    s0 = madd(left, v128.load(y0), s0);
    s1 = madd(left, v128.load(y1), s1);
    s2 = madd(left, v128.load(y2), s2);
    s3 = madd(left, v128.load(y3), s3);
    s4 = madd(left, v128.load(y4), s4);
    s5 = madd(left, v128.load(y5), s5);
    s6 = madd(left, v128.load(y6), s6);
    s7 = madd(left, v128.load(y7), s7);
    x += 16;
    y0 += 16;
    y1 += 16;
    y2 += 16;
    y3 += 16;
    y4 += 16;
    y5 += 16;
    y6 += 16;
    y7 += 16;
  }
  v128.store(to, withTail(acrossLanes(s0, s1, s2, s3), x, end, y0, y1, y2, y3));
  v128.store(to, withTail(acrossLanes(s4, s5, s6, s7), x, end, y4, y5, y6, y7), 16);
}

/** The sum of each vector's lanes. */
@inline
function acrossLanes(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  const low01 = v128.shuffle<f32>(s0, s1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(s0, s1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(s2, s3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(s2, s3, 2, 6, 3, 7);
  const even = f32x4.add(v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  const odd = f32x4.add(v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
  return f32x4.add(even, odd);
}

/** Adds the terms from `x` to `end` that do not fill a vector. */
function withTail(sums: v128, x: usize, end: usize, y0: usize, y1: usize, y2: usize, y3: usize): v128 {
  while (x < end) {
    const column = f32x4(load<f32>(y0), load<f32>(y1), load<f32>(y2), load<f32>(y3));
    sums = madd(v128.load32_splat(x), column, sums);
    x += 4;
    y0 += 4;
    y1 += 4;
    y2 += 4;
    y3 += 4;
  }
  return sums;
}
