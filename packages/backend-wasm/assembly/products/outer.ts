/**
 * Sums of outer products: C [m, n] (+)= sum over rows of x[row] [m] ⊗ y[row] [n], rows ascending. C has rows of `n` rounded
 * up to 8 numbers and `m` rounded up to 4 of them, so that every tile is whole; what lies past m and n is noise. Reads up
 * to 28 bytes past a row of x or y.
 */
import { madd, zero } from '../numbers/simd';

/** Rows that follow each other, `ldx` and `ldy` bytes apart. */
export function outerRows(
  x: usize,
  ldx: usize,
  y: usize,
  ldy: usize,
  count: usize,
  c: usize,
  ldc: usize,
  m: usize,
  n: usize,
): void {
  for (let j: usize = 0; j < n; j += 8) {
    for (let i: usize = 0; i < m; i += 4) {
      const c0 = c + i * ldc + (j << 2);
      const c1 = c0 + ldc;
      const c2 = c1 + ldc;
      const c3 = c2 + ldc;
      let s00 = v128.load(c0), s01 = v128.load(c0, 16), s10 = v128.load(c1), s11 = v128.load(c1, 16);
      let s20 = v128.load(c2), s21 = v128.load(c2, 16), s30 = v128.load(c3), s31 = v128.load(c3, 16);
      let p = x + (i << 2), q = y + (j << 2);
      for (let row: usize = 0; row < count; row++) {
        const left = v128.load(q);
        const right = v128.load(q, 16);
        let factor = v128.load32_splat(p);
        s00 = madd(factor, left, s00);
        s01 = madd(factor, right, s01);
        factor = v128.load32_splat(p, 4);
        s10 = madd(factor, left, s10);
        s11 = madd(factor, right, s11);
        factor = v128.load32_splat(p, 8);
        s20 = madd(factor, left, s20);
        s21 = madd(factor, right, s21);
        factor = v128.load32_splat(p, 12);
        s30 = madd(factor, left, s30);
        s31 = madd(factor, right, s31);
        p += ldx;
        q += ldy;
      }
      v128.store(c0, s00);
      v128.store(c0, s01, 16);
      v128.store(c1, s10);
      v128.store(c1, s11, 16);
      v128.store(c2, s20);
      v128.store(c2, s21, 16);
      v128.store(c3, s30);
      v128.store(c3, s31, 16);
    }
  }
}

/** Rows whose addresses stand in two lists; overwrites C unless `add`. */
export function outerListed(
  listX: usize,
  listY: usize,
  count: usize,
  c: usize,
  ldc: usize,
  m: usize,
  n: usize,
  add: bool,
): void {
  const end = listX + (count << 2);
  for (let j: usize = 0; j < n; j += 8) {
    const y = j << 2;
    for (let i: usize = 0; i < m; i += 4) {
      const x = i << 2;
      const c0 = c + i * ldc + y;
      const c1 = c0 + ldc;
      const c2 = c1 + ldc;
      const c3 = c2 + ldc;
      let s00 = zero(), s01 = zero(), s10 = zero(), s11 = zero();
      let s20 = zero(), s21 = zero(), s30 = zero(), s31 = zero();
      if (add) {
        s00 = v128.load(c0);
        s01 = v128.load(c0, 16);
        s10 = v128.load(c1);
        s11 = v128.load(c1, 16);
        s20 = v128.load(c2);
        s21 = v128.load(c2, 16);
        s30 = v128.load(c3);
        s31 = v128.load(c3, 16);
      }
      for (let at = listX, atY = listY; at < end; at += 4, atY += 4) {
        const p = <usize>load<u32>(at) + x;
        const q = <usize>load<u32>(atY) + y;
        const left = v128.load(q);
        const right = v128.load(q, 16);
        let factor = v128.load32_splat(p);
        s00 = madd(factor, left, s00);
        s01 = madd(factor, right, s01);
        factor = v128.load32_splat(p, 4);
        s10 = madd(factor, left, s10);
        s11 = madd(factor, right, s11);
        factor = v128.load32_splat(p, 8);
        s20 = madd(factor, left, s20);
        s21 = madd(factor, right, s21);
        factor = v128.load32_splat(p, 12);
        s30 = madd(factor, left, s30);
        s31 = madd(factor, right, s31);
      }
      v128.store(c0, s00);
      v128.store(c0, s01, 16);
      v128.store(c1, s10);
      v128.store(c1, s11, 16);
      v128.store(c2, s20);
      v128.store(c2, s21, 16);
      v128.store(c3, s30);
      v128.store(c3, s31, 16);
    }
  }
}
