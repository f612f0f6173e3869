/**
 * `c` [m, n] = op(a) · op(b). Strides in bytes. Three ways: long dots where an operand is thin, rows against an unpacked b
 * where packing would cost as much as it saves, and packed panels for the rest.
 */
import { copyRows, packColumns, packLanes, transpose } from './pack';
import { matrixRows } from './rows';
import { madd, storeUpTo4, zero } from './simd';

/** Panels: PANEL_K x PANEL_N of b (256 KiB) stay in the second-level cache, PANEL_M x PANEL_K of a (32 KiB) and a strip of b (8 KiB) in the first. */
const PANEL_M: usize = 32;
const PANEL_N: usize = 256;
const PANEL_K: usize = 256;
/** Numbers of b that fit the first-level cache beside what they meet. */
const RESIDENT: usize = 6144;
/** Below so many rows, packing b costs about as much as it saves. */
const FEW_ROWS: usize = 8;

/** Bytes of workspace that `matmul` needs. */
export function matmulWorkspace(m: usize, k: usize, n: usize): usize {
  const panels = 4 * (PANEL_K * PANEL_N + PANEL_M * PANEL_K) + 128;
  return max<usize>(panels, 4 * ((k + 4) & ~3) * FEW_ROWS + 64);
}

export function matmul(
  a: usize,
  lda: usize,
  transposeA: bool,
  b: usize,
  ldb: usize,
  transposeB: bool,
  c: usize,
  ldc: usize,
  m: usize,
  k: usize,
  n: usize,
  workspace: usize,
): void {
  if (k == 0) {
    for (let i: usize = 0; i < m; i++) memory.fill(c + i * ldc, 0, n << 2);
  } else if (!transposeA && transposeB && (m < 4 || n < 4)) {
    dots(a, lda, b, ldb, c, ldc, m, n, k);
  } else if (!transposeA && n < 4) {
    const line = ((k + 3) & ~3) << 2;
    for (let p: usize = 0; p < k; p++) {
      for (let j: usize = 0; j < n; j++) store<f32>(workspace + j * line + (p << 2), load<f32>(b + p * ldb + (j << 2)));
    }
    dots(a, lda, workspace, line, c, ldc, m, n, k);
  } else if (!transposeB && (m < FEW_ROWS || (!transposeA && k * n <= RESIDENT))) {
    if (transposeA) {
      const line = ((k + 3) & ~3) << 2;
      for (let p: usize = 0; p < k; p++) {
        for (let i: usize = 0; i < m; i++) store<f32>(workspace + i * line + (p << 2), load<f32>(a + p * lda + (i << 2)));
      }
      a = workspace;
      lda = line;
    }
    unpacked(a, lda, b, ldb, c, ldc, m, k, n);
  } else {
    packed(a, lda, transposeA, b, ldb, transposeB, c, ldc, m, k, n, workspace);
  }
}

function unpacked(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: usize, k: usize, n: usize): void {
  const block = max<usize>(16, RESIDENT / n);
  for (let p: usize = 0; p < k; p += block) {
    matrixRows(a + (p << 2), lda, b + p * ldb, ldb, c, ldc, m, min<usize>(block, k - p), n, p > 0);
  }
}

/** Rows of a against rows of b. */
function dots(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: usize, n: usize, k: usize): void {
  if (m < n) {
    for (let i: usize = 0; i < m; i++) {
      for (let j: usize = 0; j < n; j += 4) {
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
  const low01 = v128.shuffle<f32>(s0, s1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(s0, s1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(s2, s3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(s2, s3, 2, 6, 3, 7);
  const even = f32x4.add(v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  const odd = f32x4.add(v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
  let sums = f32x4.add(even, odd);
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

function packed(
  a: usize,
  lda: usize,
  transposeA: bool,
  b: usize,
  ldb: usize,
  transposeB: bool,
  c: usize,
  ldc: usize,
  m: usize,
  k: usize,
  n: usize,
  workspace: usize,
): void {
  const panelA = workspace + 4 * PANEL_K * PANEL_N;
  const edge = panelA + 4 * PANEL_M * PANEL_K;
  for (let j: usize = 0; j < n; j += PANEL_N) {
    const width = min<usize>(PANEL_N, n - j);
    for (let p: usize = 0; p < k; p += PANEL_K) {
      const depth = min<usize>(PANEL_K, k - p);
      packB(transposeB ? b + j * ldb + (p << 2) : b + p * ldb + (j << 2), ldb, transposeB, depth, width, workspace);
      for (let i: usize = 0; i < m; i += PANEL_M) {
        const height = min<usize>(PANEL_M, m - i);
        packA(transposeA ? a + p * lda + (i << 2) : a + i * lda + (p << 2), lda, transposeA, depth, height, panelA);
        multiplyPanels(panelA, workspace, depth, c + i * ldc + (j << 2), ldc, height, width, p > 0, edge);
      }
    }
  }
}

/** Strips of 8 columns, each [k, 8], the last one filled up with zeros. */
function packB(b: usize, ldb: usize, transposed: bool, k: usize, n: usize, to: usize): void {
  for (let j: usize = 0; j < n; j += 4) {
    const strip = to + ((j >> 3) * k << 5) + ((j & 4) << 2);
    if (transposed) packLanes(b + j * ldb, ldb, min<usize>(4, n - j), k, strip, 32);
    else packColumns(b + (j << 2), ldb, min<usize>(4, n - j), k, strip, 32);
  }
  if (n - 1 & 4) return;
  // The right half of the last strip.
  for (let p: usize = 0, at = to + ((n - 1 >> 3) * k << 5) + 16; p < k; p++, at += 32) v128.store(at, zero());
}

/** Strips of 4 rows, each [k, 4]. */
function packA(a: usize, lda: usize, transposed: bool, k: usize, m: usize, to: usize): void {
  for (let i: usize = 0; i < m; i += 4) {
    const strip = to + (i * k << 2);
    if (transposed) packColumns(a + (i << 2), lda, min<usize>(4, m - i), k, strip, 16);
    else packLanes(a + i * lda, lda, min<usize>(4, m - i), k, strip, 16);
  }
}

function multiplyPanels(
  a: usize,
  b: usize,
  k: usize,
  c: usize,
  ldc: usize,
  m: usize,
  n: usize,
  add: bool,
  edge: usize,
): void {
  for (let j: usize = 0; j < n; j += 8) {
    const strip = b + (j * k << 2);
    for (let i: usize = 0; i < m; i += 4) {
      const to = c + i * ldc + (j << 2);
      if (i + 4 <= m && j + 8 <= n) {
        tile(a + (i * k << 2), strip, k, to, ldc, add);
        continue;
      }
      const height = min<usize>(4, m - i);
      const width = min<usize>(8, n - j);
      if (add) copyRows(to, ldc, edge, 32, height, width);
      tile(a + (i * k << 2), strip, k, edge, 32, add);
      copyRows(edge, 32, to, ldc, height, width);
    }
  }
}

/** The heart: 4 x 8 sums in registers, from a strip [k, 4] and a strip [k, 8]. */
function tile(a: usize, b: usize, k: usize, c0: usize, ldc: usize, add: bool): void {
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
  const end = a + (k << 4);
  const evenEnd = a + ((k & ~1) << 4);
  while (a < evenEnd) {
    let left = v128.load(b);
    let right = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = madd(x, left, s00);
    s01 = madd(x, right, s01);
    x = v128.load32_splat(a, 4);
    s10 = madd(x, left, s10);
    s11 = madd(x, right, s11);
    x = v128.load32_splat(a, 8);
    s20 = madd(x, left, s20);
    s21 = madd(x, right, s21);
    x = v128.load32_splat(a, 12);
    s30 = madd(x, left, s30);
    s31 = madd(x, right, s31);
    left = v128.load(b, 32);
    right = v128.load(b, 48);
    x = v128.load32_splat(a, 16);
    s00 = madd(x, left, s00);
    s01 = madd(x, right, s01);
    x = v128.load32_splat(a, 20);
    s10 = madd(x, left, s10);
    s11 = madd(x, right, s11);
    x = v128.load32_splat(a, 24);
    s20 = madd(x, left, s20);
    s21 = madd(x, right, s21);
    x = v128.load32_splat(a, 28);
    s30 = madd(x, left, s30);
    s31 = madd(x, right, s31);
    a += 32;
    b += 64;
  }
  if (a < end) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = madd(x, left, s00);
    s01 = madd(x, right, s01);
    x = v128.load32_splat(a, 4);
    s10 = madd(x, left, s10);
    s11 = madd(x, right, s11);
    x = v128.load32_splat(a, 8);
    s20 = madd(x, left, s20);
    s21 = madd(x, right, s21);
    x = v128.load32_splat(a, 12);
    s30 = madd(x, left, s30);
    s31 = madd(x, right, s31);
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
