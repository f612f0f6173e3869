/**
 * C (+)= A · B where a few rows of A meet a whole B that stays in the first-level cache: `b` [k, n], rows `ldb` bytes apart.
 * Rows of A and C lie anywhere, so that the rows of many nodes make one product without being gathered.
 * An element is one sum in ascending order of k, the same in every kernel here, so that a row's bits do not depend on its
 * neighbours. The last strip reads up to 28 bytes past a row of B or C and stores only what is C's; memory ends later.
 */
import { madd, storeUpTo4, storeUpTo8, zero } from '../numbers/simd';

/** Five rows, of which the last may be repeated: rows that are the same write the same. */
export function fiveRows(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  b: usize,
  ldb: usize,
  k: usize,
  n: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  c4: usize,
  add: bool,
): void {
  let j: usize = 0;
  const end = a0 + (k << 2);
  for (; j + 4 < n; j += 8) {
    const at = j << 2;
    let s00 = zero(), s01 = zero(), s10 = zero(), s11 = zero(), s20 = zero();
    let s21 = zero(), s30 = zero(), s31 = zero(), s40 = zero(), s41 = zero();
    if (add) {
      s00 = v128.load(c0 + at);
      s01 = v128.load(c0 + at, 16);
      s10 = v128.load(c1 + at);
      s11 = v128.load(c1 + at, 16);
      s20 = v128.load(c2 + at);
      s21 = v128.load(c2 + at, 16);
      s30 = v128.load(c3 + at);
      s31 = v128.load(c3 + at, 16);
      s40 = v128.load(c4 + at);
      s41 = v128.load(c4 + at, 16);
    }
    let p0 = a0, p1 = a1, p2 = a2, p3 = a3, p4 = a4, q = b + at;
    while (p0 < end) {
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
      x = v128.load32_splat(p4);
      s40 = madd(x, left, s40);
      s41 = madd(x, right, s41);
      q += ldb;
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      p4 += 4;
    }
    const width = n - j;
    storeUpTo8(c0 + at, s00, s01, width);
    storeUpTo8(c1 + at, s10, s11, width);
    storeUpTo8(c2 + at, s20, s21, width);
    storeUpTo8(c3 + at, s30, s31, width);
    storeUpTo8(c4 + at, s40, s41, width);
  }
  if (j < n) {
    const at = j << 2;
    fiveNarrowRows(a0, a1, a2, a3, a4, b + at, ldb, k, n - j, c0 + at, c1 + at, c2 + at, c3 + at, c4 + at, add);
  }
}

/** The same for n from 1 to 4. */
@inline
function fiveNarrowRows(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  b: usize,
  ldb: usize,
  k: usize,
  n: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  c4: usize,
  add: bool,
): void {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero(), s4 = zero();
  if (add) {
    s0 = v128.load(c0);
    s1 = v128.load(c1);
    s2 = v128.load(c2);
    s3 = v128.load(c3);
    s4 = v128.load(c4);
  }
  const end = a0 + (k << 2);
  while (a0 < end) {
    const row = v128.load(b);
    s0 = madd(v128.load32_splat(a0), row, s0);
    s1 = madd(v128.load32_splat(a1), row, s1);
    s2 = madd(v128.load32_splat(a2), row, s2);
    s3 = madd(v128.load32_splat(a3), row, s3);
    s4 = madd(v128.load32_splat(a4), row, s4);
    b += ldb;
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
  }
  storeUpTo4(c0, s0, n);
  storeUpTo4(c1, s1, n);
  storeUpTo4(c2, s2, n);
  storeUpTo4(c3, s3, n);
  storeUpTo4(c4, s4, n);
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
  for (; i + 2 < m; i += 5) {
    const last = m - i - 1;
    fiveRows(
      a, a + lda, a + 2 * lda, a + min<usize>(3, last) * lda, a + min<usize>(4, last) * lda,
      b, ldb, k, n,
      c, c + ldc, c + 2 * ldc, c + min<usize>(3, last) * ldc, c + min<usize>(4, last) * ldc,
      add,
    );
    a += 5 * lda;
    c += 5 * ldc;
  }
  // One or two are cheaper alone than as five.
  for (; i < m; i++, a += lda, c += ldc) oneRow(a, b, ldb, k, n, c, add);
}

/** The rows whose addresses stand in two lists of `count` pointers. */
export function listedRows(listA: usize, listC: usize, count: usize, b: usize, ldb: usize, k: usize, n: usize, add: bool): void {
  let i: usize = 0;
  for (; i + 2 < count; i += 5) {
    const three = min<usize>(3, count - i - 1) << 2;
    const four = min<usize>(4, count - i - 1) << 2;
    fiveRows(
      load<u32>(listA), load<u32>(listA, 4), load<u32>(listA, 8), load<u32>(listA + three), load<u32>(listA + four),
      b, ldb, k, n,
      load<u32>(listC), load<u32>(listC, 4), load<u32>(listC, 8), load<u32>(listC + three), load<u32>(listC + four),
      add,
    );
    listA += 20;
    listC += 20;
  }
  for (; i < count; i++, listA += 4, listC += 4) oneRow(load<u32>(listA), b, ldb, k, n, load<u32>(listC), add);
}
