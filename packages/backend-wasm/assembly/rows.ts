/**
 * C (+)= A · B where a few rows of A meet a whole B that stays in the first-level cache: `b` [k, n], rows `ldb` bytes apart.
 * Rows of A and C lie anywhere, so that the rows of many nodes make one product without being gathered.
 * An element is one sum in ascending order of k, the same in every kernel here, so that a row's bits do not depend on its
 * neighbours. The last strip reads up to 28 bytes past a row of B or C and stores only what is C's; memory ends later.
 */
import { madd, storeUpTo4, storeUpTo8, zero } from './simd';

export function fourRows(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  b: usize,
  ldb: usize,
  k: usize,
  n: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  add: bool,
): void {
  let j: usize = 0;
  const evenEnd = a0 + ((k & ~1) << 2);
  for (; j + 4 < n; j += 8) {
    const at = j << 2;
    let s00 = zero(), s01 = zero(), s10 = zero(), s11 = zero();
    let s20 = zero(), s21 = zero(), s30 = zero(), s31 = zero();
    if (add) {
      s00 = v128.load(c0 + at);
      s01 = v128.load(c0 + at, 16);
      s10 = v128.load(c1 + at);
      s11 = v128.load(c1 + at, 16);
      s20 = v128.load(c2 + at);
      s21 = v128.load(c2 + at, 16);
      s30 = v128.load(c3 + at);
      s31 = v128.load(c3 + at, 16);
    }
    let p0 = a0, p1 = a1, p2 = a2, p3 = a3, q = b + at;
    while (p0 < evenEnd) {
      let left = v128.load(q);
      let right = v128.load(q, 16);
      let x = v128.load32_splat(p0);
      s00 = madd(x, left, s00);
      s01 = madd(x, right, s01);
      x = v128.load32_splat(p1);
      s10 = madd(x, left, s10);
      s11 = madd(x, right, s11);
      x = v128.load32_splat(p2);
      s20 = madd(x, left, s20);
      s21 = madd(x, right, s21);
      x = v128.load32_splat(p3);
      s30 = madd(x, left, s30);
      s31 = madd(x, right, s31);
      q += ldb;
      left = v128.load(q);
      right = v128.load(q, 16);
      x = v128.load32_splat(p0, 4);
      s00 = madd(x, left, s00);
      s01 = madd(x, right, s01);
      x = v128.load32_splat(p1, 4);
      s10 = madd(x, left, s10);
      s11 = madd(x, right, s11);
      x = v128.load32_splat(p2, 4);
      s20 = madd(x, left, s20);
      s21 = madd(x, right, s21);
      x = v128.load32_splat(p3, 4);
      s30 = madd(x, left, s30);
      s31 = madd(x, right, s31);
      q += ldb;
      p0 += 8;
      p1 += 8;
      p2 += 8;
      p3 += 8;
    }
    if (k & 1) {
      const left = v128.load(q);
      const right = v128.load(q, 16);
      let x = v128.load32_splat(p0);
      s00 = madd(x, left, s00);
      s01 = madd(x, right, s01);
      x = v128.load32_splat(p1);
      s10 = madd(x, left, s10);
      s11 = madd(x, right, s11);
      x = v128.load32_splat(p2);
      s20 = madd(x, left, s20);
      s21 = madd(x, right, s21);
      x = v128.load32_splat(p3);
      s30 = madd(x, left, s30);
      s31 = madd(x, right, s31);
    }
    const width = n - j;
    storeUpTo8(c0 + at, s00, s01, width);
    storeUpTo8(c1 + at, s10, s11, width);
    storeUpTo8(c2 + at, s20, s21, width);
    storeUpTo8(c3 + at, s30, s31, width);
  }
  if (j < n) fourNarrowRows(a0, a1, a2, a3, b + (j << 2), ldb, k, n - j, c0 + (j << 2), c1 + (j << 2), c2 + (j << 2), c3 + (j << 2), add);
}

/** The same for n from 1 to 4. */
@inline
function fourNarrowRows(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  b: usize,
  ldb: usize,
  k: usize,
  n: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  add: bool,
): void {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
  if (add) {
    s0 = v128.load(c0);
    s1 = v128.load(c1);
    s2 = v128.load(c2);
    s3 = v128.load(c3);
  }
  const end = a0 + (k << 2);
  while (a0 < end) {
    const row = v128.load(b);
    s0 = madd(v128.load32_splat(a0), row, s0);
    s1 = madd(v128.load32_splat(a1), row, s1);
    s2 = madd(v128.load32_splat(a2), row, s2);
    s3 = madd(v128.load32_splat(a3), row, s3);
    b += ldb;
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
  storeUpTo4(c0, s0, n);
  storeUpTo4(c1, s1, n);
  storeUpTo4(c2, s2, n);
  storeUpTo4(c3, s3, n);
}

/** One row, in strips of 32 columns, so that eight sums are under way. */
export function oneRow(a: usize, b: usize, ldb: usize, k: usize, n: usize, c: usize, add: bool): void {
  const end = a + (k << 2);
  let j: usize = 0;
  for (; j + 32 <= n; j += 32) oneWideRow(a, end, b + (j << 2), ldb, c + (j << 2), add);
  for (; j < n; j += 8) {
    const to = c + (j << 2);
    let left = zero(), right = zero();
    if (add) {
      left = v128.load(to);
      right = v128.load(to, 16);
    }
    let q = b + (j << 2);
    for (let p = a; p < end; p += 4) {
      const x = v128.load32_splat(p);
      left = madd(x, v128.load(q), left);
      right = madd(x, v128.load(q, 16), right);
      q += ldb;
    }
    storeUpTo8(to, left, right, n - j);
  }
}

@inline
function oneWideRow(a: usize, end: usize, b: usize, ldb: usize, c: usize, add: bool): void {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
  let s4 = zero(), s5 = zero(), s6 = zero(), s7 = zero();
  if (add) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
    s2 = v128.load(c, 32);
    s3 = v128.load(c, 48);
    s4 = v128.load(c, 64);
    s5 = v128.load(c, 80);
    s6 = v128.load(c, 96);
    s7 = v128.load(c, 112);
  }
  for (let p = a; p < end; p += 4) {
    const x = v128.load32_splat(p);
    s0 = madd(x, v128.load(b), s0);
    s1 = madd(x, v128.load(b, 16), s1);
    s2 = madd(x, v128.load(b, 32), s2);
    s3 = madd(x, v128.load(b, 48), s3);
    s4 = madd(x, v128.load(b, 64), s4);
    s5 = madd(x, v128.load(b, 80), s5);
    s6 = madd(x, v128.load(b, 96), s6);
    s7 = madd(x, v128.load(b, 112), s7);
    b += ldb;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
}

/** All `m` rows of matrices with strides in bytes. */
export function matrixRows(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  m: usize,
  k: usize,
  n: usize,
  add: bool,
): void {
  let i: usize = 0;
  for (; i + 4 <= m; i += 4) {
    const a1 = a + lda;
    const a2 = a1 + lda;
    const a3 = a2 + lda;
    const c1 = c + ldc;
    const c2 = c1 + ldc;
    const c3 = c2 + ldc;
    fourRows(a, a1, a2, a3, b, ldb, k, n, c, c1, c2, c3, add);
    a = a3 + lda;
    c = c3 + ldc;
  }
  for (; i < m; i++) {
    oneRow(a, b, ldb, k, n, c, add);
    a += lda;
    c += ldc;
  }
}

/** The rows whose addresses stand in two lists of `count` pointers. */
export function listedRows(listA: usize, listC: usize, count: usize, b: usize, ldb: usize, k: usize, n: usize, add: bool): void {
  const end = listA + (count << 2);
  while (listA + 16 <= end) {
    fourRows(
      load<u32>(listA), load<u32>(listA, 4), load<u32>(listA, 8), load<u32>(listA, 12),
      b, ldb, k, n,
      load<u32>(listC), load<u32>(listC, 4), load<u32>(listC, 8), load<u32>(listC, 12),
      add,
    );
    listA += 16;
    listC += 16;
  }
  while (listA < end) {
    oneRow(load<u32>(listA), b, ldb, k, n, load<u32>(listC), add);
    listA += 4;
    listC += 4;
  }
}
