// C (+)= A · B where a few rows of A meet a whole B that stays in cache, unpacked: `b` [k, n], rows `ldb` numbers apart.
// Rows of A and C lie anywhere, so that the rows of many nodes make one product without being gathered. An element is one
// sum in ascending order of k, the same in every kernel here, so that a row's bits do not depend on its neighbours.
#pragma once

namespace {

// Rows at equal distances.
template <typename T> struct Strided {
  T* start;
  size_t ld;
  TTREC_INLINE T* at(const Strided& rows, size_t i) { return rows.start + i * rows.ld; }
};

// Rows whose addresses stand in a list, and a column that they begin at.
template <typename T> struct Listed {
  T* const* list;
  size_t column;
  TTREC_INLINE T* at(const Listed& rows, size_t i) { return rows.list[i] + rows.column; }
};

// R rows and N vectors of columns, of which the last may be cut off after `width` columns in all.
template <int R, int N, typename A, typename C>
TTREC_INLINE void rowsTile(A a, size_t i, const float* b, size_t ldb, size_t k, C c, size_t j, size_t width, bool more) {
  const float* from[R];
  float* to[R];
  V s[R][N];
  const size_t last = width - (N - 1) * W;
  TTREC_UNROLL for (int r = 0; r < R; r++) {
    from[r] = A::at(a, i + r);
    to[r] = C::at(c, i + r) + j;
    TTREC_UNROLL for (int v = 0; v < N; v++) {
      if (!more) s[r][v] = zero();
      else s[r][v] = v < N - 1 ? load(to[r] + v * W) : load(to[r] + v * W, last);
    }
  }
  const float* q = b + j;
  if (last >= W) {
    for (size_t p = 0; p < k; p++, q += ldb) {
      V x[N];
      TTREC_UNROLL for (int v = 0; v < N; v++) x[v] = load(q + v * W);
      TTREC_UNROLL for (int r = 0; r < R; r++) {
        const V y = splat(from[r][p]);
        TTREC_UNROLL for (int v = 0; v < N; v++) s[r][v] = fma(y, x[v], s[r][v]);
      }
    }
  } else {
    for (size_t p = 0; p < k; p++, q += ldb) {
      V x[N];
      TTREC_UNROLL for (int v = 0; v < N; v++) x[v] = v < N - 1 ? load(q + v * W) : load(q + v * W, last);
      TTREC_UNROLL for (int r = 0; r < R; r++) {
        const V y = splat(from[r][p]);
        TTREC_UNROLL for (int v = 0; v < N; v++) s[r][v] = fma(y, x[v], s[r][v]);
      }
    }
  }
  TTREC_UNROLL for (int r = 0; r < R; r++) {
    TTREC_UNROLL for (int v = 0; v < N - 1; v++) store(to[r] + v * W, s[r][v]);
    store(to[r] + (N - 1) * W, s[r][N - 1], last);
  }
}

template <int R, typename A, typename C>
static void rowsStrip(A a, size_t i, const float* b, size_t ldb, size_t k, C c, size_t n, bool more) {
  size_t j = 0;
  // Few rows have few sums: with twice as many columns, more of them are under way.
  constexpr int WIDE = R <= 2 ? 2 * OPEN_VECTORS : OPEN_VECTORS;
  for (; j + WIDE * W <= n; j += WIDE * W) rowsTile<R, WIDE>(a, i, b, ldb, k, c, j, WIDE * W, more);
  for (; j + OPEN_VECTORS * W <= n; j += OPEN_VECTORS * W) {
    rowsTile<R, OPEN_VECTORS>(a, i, b, ldb, k, c, j, OPEN_VECTORS * W, more);
  }
  switch ((n - j + W - 1) / W) {
    case 1: rowsTile<R, 1>(a, i, b, ldb, k, c, j, n - j, more); break;
    case 2: rowsTile<R, 2>(a, i, b, ldb, k, c, j, n - j, more); break;
    case 3: rowsTile<R, OPEN_VECTORS < 3 ? 1 : 3>(a, i, b, ldb, k, c, j, n - j, more); break;
    case 4: rowsTile<R, OPEN_VECTORS < 4 ? 1 : 4>(a, i, b, ldb, k, c, j, n - j, more); break;
    default: break;
  }
}

// A last strip of four columns and whole groups of rows: a vector holds four columns of several rows.
template <int G, typename A, typename C>
TTREC_INLINE void fourColumnsTile(A a, size_t i, const float* b, size_t ldb, size_t k, C c, bool more) {
  constexpr int Q = W / 4;
  const size_t lda = G * Q > 1 ? (size_t)(A::at(a, i + 1) - A::at(a, i)) : 0;
  const size_t ldc = G * Q > 1 ? (size_t)(C::at(c, i + 1) - C::at(c, i)) : 0;
  const float* from[G];
  float* to[G];
  V s[G];
  TTREC_UNROLL for (int g = 0; g < G; g++) {
    from[g] = A::at(a, i + g * Q);
    to[g] = C::at(c, i + g * Q);
    s[g] = more ? gatherQuarters(to[g], ldc) : zero();
  }
  for (size_t p = 0; p < k; p += 4, b += 4 * ldb) {
    const V x[4] = {quarters(b), quarters(b + ldb), quarters(b + 2 * ldb), quarters(b + 3 * ldb)};
    TTREC_UNROLL for (int g = 0; g < G; g++) {
      const V y = gatherQuarters(from[g] + p, lda);
      s[g] = fma(everyQuarters<0>(y), x[0], s[g]);
      s[g] = fma(everyQuarters<1>(y), x[1], s[g]);
      s[g] = fma(everyQuarters<2>(y), x[2], s[g]);
      s[g] = fma(everyQuarters<3>(y), x[3], s[g]);
    }
  }
  TTREC_UNROLL for (int g = 0; g < G; g++) scatterQuarters(to[g], ldc, s[g]);
}

// All `m` rows, in tiles of about equal height.
template <typename A, typename C>
static void rows(A a, size_t m, const float* b, size_t ldb, size_t k, C c, size_t n, bool more) {
  for (size_t i = 0; i < m;) {
    const size_t left = m - i, tiles = (left + OPEN_ROWS - 1) / OPEN_ROWS, height = (left + tiles - 1) / tiles;
    switch (height) {
      case 1: rowsStrip<1>(a, i, b, ldb, k, c, n, more); break;
      case 2: rowsStrip<2>(a, i, b, ldb, k, c, n, more); break;
      case 3: rowsStrip<3>(a, i, b, ldb, k, c, n, more); break;
      case 4: rowsStrip<4>(a, i, b, ldb, k, c, n, more); break;
      case 5: rowsStrip<5>(a, i, b, ldb, k, c, n, more); break;
      default: rowsStrip<6>(a, i, b, ldb, k, c, n, more); break;
    }
    i += height;
  }
}

// The same for matrices.
static void matrixRows(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k,
                       size_t n, bool more) {
  constexpr size_t Q = W / 4;
  const Strided<const float> from = {a, lda};
  const Strided<float> to = {c, ldc};
  if (n == 4 && k % 4 == 0 && m % Q == 0) {
    size_t i = 0;
    for (; i + 4 * Q <= m; i += 4 * Q) fourColumnsTile<4>(from, i, b, ldb, k, to, more);
    for (; i < m; i += Q) fourColumnsTile<1>(from, i, b, ldb, k, to, more);
    return;
  }
  rows(from, m, b, ldb, k, to, n, more);
}

}  // namespace
