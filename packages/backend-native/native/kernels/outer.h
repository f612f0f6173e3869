// Sums of outer products: C [m, n] (+)= sum over rows of x[row] [m] ⊗ y[row] [n], rows ascending.
#pragma once
#include "rows.h"

namespace {

template <int R, int N, typename X, typename Y>
TTREC_INLINE void outerTile(X x, Y y, size_t count, float* c, size_t ldc, size_t i, size_t j, size_t width, bool more) {
  V s[R][N];
  const size_t last = width - (N - 1) * W;
  float* to = c + i * ldc + j;
  TTREC_UNROLL for (int r = 0; r < R; r++) {
    TTREC_UNROLL for (int v = 0; v < N; v++) {
      if (!more) s[r][v] = zero();
      else s[r][v] = v < N - 1 ? load(to + r * ldc + v * W) : load(to + r * ldc + v * W, last);
    }
  }
  for (size_t row = 0; row < count; row++) {
    const float* p = X::at(x, row) + i;
    const float* q = Y::at(y, row) + j;
    V z[N];
    TTREC_UNROLL for (int v = 0; v < N; v++) z[v] = v < N - 1 ? load(q + v * W) : load(q + v * W, last);
    TTREC_UNROLL for (int r = 0; r < R; r++) {
      const V factor = splat(p[r]);
      TTREC_UNROLL for (int v = 0; v < N; v++) s[r][v] = fma(factor, z[v], s[r][v]);
    }
  }
  TTREC_UNROLL for (int r = 0; r < R; r++) {
    TTREC_UNROLL for (int v = 0; v < N - 1; v++) store(to + r * ldc + v * W, s[r][v]);
    store(to + r * ldc + (N - 1) * W, s[r][N - 1], last);
  }
}

template <int R, typename X, typename Y>
static void outerStrip(X x, Y y, size_t count, float* c, size_t ldc, size_t i, size_t n, bool more) {
  size_t j = 0;
  for (; j + OPEN_VECTORS * W <= n; j += OPEN_VECTORS * W) {
    outerTile<R, OPEN_VECTORS>(x, y, count, c, ldc, i, j, OPEN_VECTORS * W, more);
  }
  switch ((n - j + W - 1) / W) {
    case 1: outerTile<R, 1>(x, y, count, c, ldc, i, j, n - j, more); break;
    case 2: outerTile<R, 2>(x, y, count, c, ldc, i, j, n - j, more); break;
    case 3: outerTile<R, OPEN_VECTORS < 3 ? 1 : 3>(x, y, count, c, ldc, i, j, n - j, more); break;
    case 4: outerTile<R, OPEN_VECTORS < 4 ? 1 : 4>(x, y, count, c, ldc, i, j, n - j, more); break;
    default: break;
  }
}

template <typename X, typename Y>
static void outer(X x, Y y, size_t count, float* c, size_t ldc, size_t m, size_t n, bool more) {
  for (size_t i = 0; i < m;) {
    const size_t left = m - i, tiles = (left + OPEN_ROWS - 1) / OPEN_ROWS, height = (left + tiles - 1) / tiles;
    switch (height) {
      case 1: outerStrip<1>(x, y, count, c, ldc, i, n, more); break;
      case 2: outerStrip<2>(x, y, count, c, ldc, i, n, more); break;
      case 3: outerStrip<3>(x, y, count, c, ldc, i, n, more); break;
      case 4: outerStrip<4>(x, y, count, c, ldc, i, n, more); break;
      case 5: outerStrip<5>(x, y, count, c, ldc, i, n, more); break;
      default: outerStrip<6>(x, y, count, c, ldc, i, n, more); break;
    }
    i += height;
  }
}

}  // namespace
