/**
 * `c` [m, n] = relu?(op(a) · op(b) + bias). Strides in bytes; `bias` 0 stands for none. Three ways: long dots where c has
 * few columns, rows against an unpacked b where packing would cost as much as it saves, and packed panels for the rest.
 * Which way the sums of an element go depends on k, n and the operands' forms, never on m: a row has the same bits alone
 * and among others.
 */
import { dots } from './dots';
import { biasActivation } from '../elementwise';
import { packColumns, packLanes } from './pack';
import { matrixRows } from './rows';
import { madd, storeUpTo8, zero } from '../numbers/simd';

/**
 * Panels: a block of BLOCK_K x PANEL_N of b (512 KiB) stays in the second-level cache, so that the rows of c that a panel
 * of a, PANEL_M x PANEL_K (30 KiB), makes are finished while they are near; that panel and a strip of b (8 KiB) stay in
 * the first-level cache.
 */
const PANEL_M: usize = 30;
const PANEL_N: usize = 256;
const PANEL_K: usize = 256;
const BLOCK_K: usize = 512;
/** Numbers of b that fit the first-level cache beside what they meet. */
const RESIDENT: usize = 6144;
/** Below so many rows, packing b costs about as much as it saves. */
const FEW_ROWS: usize = 8;

/** Bytes of workspace that `matmul` needs. */
export function matmulWorkspace(m: usize, k: usize, n: usize): usize {
  const panels = 4 * (BLOCK_K * PANEL_N + PANEL_M * PANEL_K) + 256;
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
  bias: usize,
  relu: bool,
  workspace: usize,
): void {
  if (k == 0) {
    for (let i: usize = 0; i < m; i++) memory.fill(c + i * ldc, 0, n << 2);
  } else if (!transposeA && transposeB && n < 4) {
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
    packed(a, lda, transposeA, b, ldb, transposeB, c, ldc, m, k, n, bias, relu, workspace);
    return;
  }
  if (bias || relu) biasActivation(c, ldc, m, n, bias, relu);
}

function unpacked(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: usize, k: usize, n: usize): void {
  const block = max<usize>(16, RESIDENT / n);
  for (let p: usize = 0; p < k; p += block) {
    matrixRows(a + (p << 2), lda, b + p * ldb, ldb, c, ldc, m, min<usize>(block, k - p), n, p > 0);
  }
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
  bias: usize,
  relu: bool,
  workspace: usize,
): void {
  const panelA = workspace + 4 * BLOCK_K * PANEL_N;
  const edge = panelA + 4 * PANEL_M * PANEL_K;
  for (let j: usize = 0; j < n; j += PANEL_N) {
    const width = min<usize>(PANEL_N, n - j);
    const strips = (width + 7) & ~7;
    for (let block: usize = 0; block < k; block += BLOCK_K) {
      const blockEnd = min<usize>(k, block + BLOCK_K);
      for (let p = block; p < blockEnd; p += PANEL_K) {
        const from = transposeB ? b + j * ldb + (p << 2) : b + p * ldb + (j << 2);
        packB(from, ldb, transposeB, min<usize>(PANEL_K, blockEnd - p), width, workspace + ((p - block) * strips << 2));
      }
      for (let i: usize = 0; i < m; i += PANEL_M) {
        const height = min<usize>(PANEL_M, m - i);
        for (let p = block; p < blockEnd; p += PANEL_K) {
          const depth = min<usize>(PANEL_K, blockEnd - p);
          packA(transposeA ? a + p * lda + (i << 2) : a + i * lda + (p << 2), lda, transposeA, depth, height, panelA);
          const isLast = p + depth == k;
          multiplyPanels(
            panelA, workspace + ((p - block) * strips << 2), depth,
            c + i * ldc + (j << 2), ldc, height, width, p > 0,
            isLast && bias ? bias + (j << 2) : 0, isLast && relu, edge,
          );
        }
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

/** Strips of 5 rows, each [k, 5]. What stands for rows past the last is noise that nobody reads. */
function packA(a: usize, lda: usize, transposed: bool, k: usize, m: usize, to: usize): void {
  for (let i: usize = 0; i < m; i += 5) {
    const strip = to + (i * k << 2);
    const from = transposed ? a + (i << 2) : a + i * lda;
    if (transposed) packColumns(from, lda, min<usize>(4, m - i), k, strip, 20);
    else packLanes(from, lda, min<usize>(4, m - i), k, strip, 20);
    if (i + 4 < m) packFifth(transposed ? from + 16 : from + 4 * lda, transposed ? lda : 4, k, strip + 16);
  }
}

function packFifth(from: usize, by: usize, k: usize, to: usize): void {
  for (let p: usize = 0; p < k; p++, from += by, to += 20) store<f32>(to, load<f32>(from));
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
  bias: usize,
  relu: bool,
  edge: usize,
): void {
  for (let j: usize = 0; j < n; j += 8) {
    const strip = b + (j * k << 2);
    const biasAt = bias ? bias + (j << 2) : 0;
    for (let i: usize = 0; i < m; i += 5) {
      const to = c + i * ldc + (j << 2);
      const rows = a + (i * k << 2);
      if (i + 5 <= m && j + 8 <= n) {
        tile(rows, strip, k, to, ldc, add, biasAt, relu);
        continue;
      }
      const height = min<usize>(5, m - i);
      const width = min<usize>(8, n - j);
      if (add) copyEight(to, ldc, edge, 32, height, 8);
      tile(rows, strip, k, edge, 32, add, biasAt, relu);
      copyEight(edge, 32, to, ldc, height, width);
    }
  }
}

/** Reads rows of 8 numbers, whoever they belong to, and writes the first `width` of each. */
function copyEight(from: usize, ldFrom: usize, to: usize, ldTo: usize, rows: usize, width: usize): void {
  for (let i: usize = 0; i < rows; i++, from += ldFrom, to += ldTo) {
    storeUpTo8(to, v128.load(from), v128.load(from, 16), width);
  }
}

/**
 * The heart: 5 x 8 sums in registers, from a strip [k, 5] and a strip [k, 8]. Two fused multiply-adds start in a cycle and
 * take four, so that fewer than eight sums would wait for themselves and eight have no slack; with twelve the strict build
 * runs out of registers. Not unrolled by hand: V8 does that itself, and then spares address computations.
 */
function tile(a: usize, b: usize, k: usize, c0: usize, ldc: usize, add: bool, bias: usize, relu: bool): void {
  const c1 = c0 + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  const c4 = c3 + ldc;
  let s00 = zero(), s01 = zero(), s10 = zero(), s11 = zero(), s20 = zero();
  let s21 = zero(), s30 = zero(), s31 = zero(), s40 = zero(), s41 = zero();
  if (add) {
    s00 = v128.load(c0);
    s01 = v128.load(c0, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
    s40 = v128.load(c4);
    s41 = v128.load(c4, 16);
  }
  const end = a + k * 20;
  while (a < end) {
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
    x = v128.load32_splat(a, 16);
    s40 = madd(x, left, s40);
    s41 = madd(x, right, s41);
    a += 20;
    b += 32;
  }
  if (bias) {
    const left = v128.load(bias);
    const right = v128.load(bias, 16);
    s00 = f32x4.add(s00, left);
    s01 = f32x4.add(s01, right);
    s10 = f32x4.add(s10, left);
    s11 = f32x4.add(s11, right);
    s20 = f32x4.add(s20, left);
    s21 = f32x4.add(s21, right);
    s30 = f32x4.add(s30, left);
    s31 = f32x4.add(s31, right);
    s40 = f32x4.add(s40, left);
    s41 = f32x4.add(s41, right);
  }
  if (relu) {
    s00 = f32x4.pmax(s00, zero());
    s01 = f32x4.pmax(s01, zero());
    s10 = f32x4.pmax(s10, zero());
    s11 = f32x4.pmax(s11, zero());
    s20 = f32x4.pmax(s20, zero());
    s21 = f32x4.pmax(s21, zero());
    s30 = f32x4.pmax(s30, zero());
    s31 = f32x4.pmax(s31, zero());
    s40 = f32x4.pmax(s40, zero());
    s41 = f32x4.pmax(s41, zero());
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
  v128.store(c4, s40);
  v128.store(c4, s41, 16);
}
