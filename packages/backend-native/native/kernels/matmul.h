// `c` [m, n] = relu?(op(a) · op(b) + bias). Three ways: dots where c has few columns, rows against an unpacked b where
// packing would cost as much as it saves, and packed panels for the rest. The first has sums of another order, and depends
// on n alone, never on m: a row has the same bits alone and among others. Between the other two, bits do not differ.
#pragma once
#include "dots.h"
#include "elementwise.h"
#include "pack.h"
#include "rows.h"

namespace {

// A strip of b, STRIP x BLOCK_K (24 KiB), stays in the first-level cache; BLOCK_K x BLOCK_N of b and BLOCK_M x BLOCK_K of a
// in the second-level cache.
constexpr size_t STRIP = PACKED_VECTORS * W;
constexpr size_t BLOCK_K = 192;
constexpr size_t BLOCK_N = 512;
constexpr size_t BLOCK_M = PACKED_ROWS * 10;
// Numbers of b that fit the first-level cache beside what they meet.
constexpr size_t RESIDENT_B = 8192;
// Below so many rows, packing b costs about as much as it saves.
constexpr size_t FEW_ROWS = 13;

// Bytes of the panels of a b [k, n] that stays as it is from product to product; 0 where products of m rows take no panels.
static size_t keptPanels(size_t m, size_t k, size_t n) {
  return n < 4 || m < FEW_ROWS || k * n <= RESIDENT_B ? 0 : 4 * k * ((n + W - 1) / W * W);
}

// Bytes of working memory.
static size_t matmulWorkspace(size_t, size_t k, size_t) {
  return 4 * most(BLOCK_K * (BLOCK_N + BLOCK_M), (k + 16) * FEW_ROWS) + 64;
}

// The heart: R x N·W sums in registers, from a strip of a [k, R] and a strip of b [k, N·W].
template <int R, int N>
static void packedTile(const float* a, const float* b, size_t k, float* c, size_t ldc, size_t width, bool more,
                       const float* bias, bool cut) {
  V s[R][N];
  const size_t last = width - (N - 1) * W;
  TTREC_UNROLL for (int r = 0; r < R; r++) __builtin_prefetch(c + r * ldc, 1);
  if (more) {
    TTREC_UNROLL for (int r = 0; r < R; r++) {
      TTREC_UNROLL for (int v = 0; v < N; v++) {
        s[r][v] = v < N - 1 ? load(c + r * ldc + v * W) : load(c + r * ldc + v * W, last);
      }
    }
  } else {
    TTREC_UNROLL for (int r = 0; r < R; r++) {
      TTREC_UNROLL for (int v = 0; v < N; v++) s[r][v] = zero();
    }
  }
  for (const float* end = a + k * R; a < end; a += R, b += N * W) {
    V x[N];
    TTREC_UNROLL for (int v = 0; v < N; v++) x[v] = load(b + v * W);
    TTREC_UNROLL for (int r = 0; r < R; r++) {
      const V y = splat(a[r]);
      TTREC_UNROLL for (int v = 0; v < N; v++) s[r][v] = fma(y, x[v], s[r][v]);
    }
  }
  if (bias) {
    TTREC_UNROLL for (int v = 0; v < N; v++) {
      const V x = v < N - 1 ? load(bias + v * W) : load(bias + v * W, last);
      TTREC_UNROLL for (int r = 0; r < R; r++) s[r][v] = add(s[r][v], x);
    }
  }
  TTREC_UNROLL for (int r = 0; r < R; r++) {
    TTREC_UNROLL for (int v = 0; v < N; v++) {
      const V x = cut ? relu(s[r][v]) : s[r][v];
      if (v < N - 1) store(c + r * ldc + v * W, x);
      else store(c + r * ldc + v * W, x, last);
    }
  }
}

typedef void (*PackedTile)(const float*, const float*, size_t, float*, size_t, size_t, bool, const float*, bool);

template <int N> static PackedTile packedTileOf(size_t height) {
  switch (height) {
    case 1: return packedTile<1, N>;
    case 2: return packedTile<2, N>;
    case 3: return packedTile<3, N>;
    case 4: return packedTile<4, N>;
    case 5: return packedTile<5, N>;
    case 6: return packedTile<6, N>;
    case 7: return packedTile<PACKED_ROWS < 7 ? 1 : 7, N>;
    case 8: return packedTile<PACKED_ROWS < 8 ? 1 : 8, N>;
    case 9: return packedTile<PACKED_ROWS < 9 ? 1 : 9, N>;
    case 10: return packedTile<PACKED_ROWS < 10 ? 1 : 10, N>;
    case 11: return packedTile<PACKED_ROWS < 11 ? 1 : 11, N>;
    case 12: return packedTile<PACKED_ROWS < 12 ? 1 : 12, N>;
    case 13: return packedTile<PACKED_ROWS < 13 ? 1 : 13, N>;
    default: return packedTile<PACKED_ROWS < 14 ? 1 : 14, N>;
  }
}

// Vectors of the strip of b that begins `left` columns before the last.
TTREC_INLINE size_t vectorsOf(size_t left) { return least((left + W - 1) / W, PACKED_VECTORS); }

// Strips of columns [k, N·W], the last of them perhaps narrower and filled up with zeros.
static void packB(const float* b, size_t ldb, bool transposed, size_t k, size_t n, float* to) {
  for (size_t j = 0; j < n; j += STRIP) {
    const size_t width = least(STRIP, n - j), line = vectorsOf(n - j) * W;
    float* strip = to + j * k;
    if (transposed) transpose(b + j * ldb, ldb, width, k, strip, line);
    else copyLines(b + j, ldb, k, width, strip, line);
    for (size_t p = 0; width < line && p < k; p++) {
      for (size_t i = width; i < line; i++) strip[p * line + i] = 0;
    }
  }
}

// Strips of PACKED_ROWS rows, each [k, rows]; the last one has as many rows as are left.
static void packA(const float* a, size_t lda, bool transposed, size_t k, size_t m, float* to) {
  for (size_t i = 0; i < m; i += PACKED_ROWS) {
    const size_t height = least(PACKED_ROWS, m - i);
    if (transposed) copyLines(a + i, lda, k, height, to + i * k, height);
    else transpose(a + i * lda, lda, height, k, to + i * k, height);
  }
}

// Panels of b are those that are `kept`, which the first product `fills`, or are packed anew.
static void packed(const float* a, size_t lda, bool transposeA, const float* b, size_t ldb, bool transposeB, float* c,
                   size_t ldc, size_t m, size_t k, size_t n, const float* bias, bool cut, float* work, float* kept,
                   bool fills) {
  float* panelA = work + BLOCK_K * BLOCK_N;
  // A matrix with its own transpose: what lies below the diagonal has the sums of what lies above, bit for bit.
  const bool isSymmetric = a == b && lda == ldb && transposeA != transposeB && m == n && !bias && !cut;
  for (size_t jj = 0; jj < n; jj += BLOCK_N) {
    const size_t width = least(BLOCK_N, n - jj), padded = (width + W - 1) / W * W;
    for (size_t p = 0; p < k; p += BLOCK_K) {
      const size_t depth = least(BLOCK_K, k - p);
      const bool isLast = p + depth == k;
      float* panelB = kept ? kept + jj * k + p * padded : work;
      if (!kept || fills) packB(transposeB ? b + jj * ldb + p : b + p * ldb + jj, ldb, transposeB, depth, width, panelB);
      for (size_t ii = 0; ii < (isSymmetric ? jj + width : m); ii += BLOCK_M) {
        const size_t height = least(BLOCK_M, m - ii);
        packA(transposeA ? a + p * lda + ii : a + ii * lda + p, lda, transposeA, depth, height, panelA);
        for (size_t j = 0; j < width; j += STRIP) {
          const size_t vectors = vectorsOf(width - j), columns = least(STRIP, width - j);
          const float* biasAt = isLast && bias ? bias + jj + j : nullptr;
          for (size_t i = 0; i < height; i += PACKED_ROWS) {
            if (isSymmetric && jj + j + columns <= ii + i) break;
            const size_t rows = least(PACKED_ROWS, height - i);
            const PackedTile tile = vectors == 1 ? packedTileOf<1>(rows) : packedTileOf<PACKED_VECTORS>(rows);
            tile(panelA + i * depth, panelB + j * depth, depth, c + (ii + i) * ldc + jj + j, ldc, columns, p > 0, biasAt,
                 isLast && cut);
          }
        }
      }
    }
  }
  for (size_t i = 1; isSymmetric && i < m; i++) {
    for (size_t j = 0; j < i; j++) c[i * ldc + j] = c[j * ldc + i];
  }
}

// Rows against b as it lies, in blocks of its rows that stay in cache.
static void unpacked(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k,
                     size_t n) {
  const size_t block = most(16, RESIDENT_B / n);
  for (size_t p = 0; p < k; p += block) {
    matrixRows(a + p, lda, b + p * ldb, ldb, c, ldc, m, least(block, k - p), n, p > 0);
  }
}

// Strides in bytes; `bias` 0 stands for none, as does `kept`.
static void matmul(const float* a, size_t lda, bool transposeA, const float* b, size_t ldb, bool transposeB, float* c,
                   size_t ldc, size_t m, size_t k, size_t n, const float* bias, bool cut, float* work, float* kept,
                   bool fills) {
  lda /= 4, ldb /= 4, ldc /= 4;
  if (kept) {
    packed(a, lda, transposeA, b, ldb, transposeB, c, ldc, m, k, n, bias, cut, work, kept, fills);
    return;
  }
  if (k == 0) {
    for (size_t i = 0; i < m; i++) memset(c + i * ldc, 0, 4 * n);
  } else if (!transposeA && transposeB && n < 4) {
    dots(a, lda, b, ldb, c, ldc, m, n, k);
  } else if (!transposeA && n < 4) {
    transpose(b, ldb, k, n, work, k);
    dots(a, lda, work, k, c, ldc, m, n, k);
  } else if (!transposeB && (m < FEW_ROWS || (!transposeA && k * n <= RESIDENT_B))) {
    if (transposeA) transpose(a, lda, k, m, work, k);
    unpacked(transposeA ? work : a, transposeA ? k : lda, b, ldb, c, ldc, m, k, n);
  } else {
    packed(a, lda, transposeA, b, ldb, transposeB, c, ldc, m, k, n, bias, cut, work, nullptr, false);
    return;
  }
  if (bias || cut) biasActivation(c, ldc, m, n, bias, cut);
}

}  // namespace
