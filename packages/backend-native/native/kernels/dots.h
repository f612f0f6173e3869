// Products of thin operands as dot products, which need nothing packed. A sum has sixteen lanes: number p of the operands
// goes to lane p mod 16. They are added as 8 + 8, 4 + 4, 2 + 2, 1 + 1, on every instruction set and in WebAssembly alike.
#pragma once

namespace {

// R vectors against S rows; sums[r][s].
template <int R, int S>
TTREC_INLINE void dotsTile(const float* x, size_t ldx, const float* y, size_t ldy, size_t k, float (*sums)[S]) {
  Sixteen s[R][S];
  TTREC_UNROLL for (int r = 0; r < R; r++) {
    TTREC_UNROLL for (int t = 0; t < S; t++) s[r][t] = zero16();
  }
  size_t p = 0;
  for (; p + 16 <= k; p += 16) {
    Sixteen left[R];
    TTREC_UNROLL for (int r = 0; r < R; r++) left[r] = load16(x + r * ldx + p);
    TTREC_UNROLL for (int t = 0; t < S; t++) {
      const Sixteen right = load16(y + t * ldy + p);
      TTREC_UNROLL for (int r = 0; r < R; r++) s[r][t] = fma16(left[r], right, s[r][t]);
    }
  }
  if (p < k) {
    Sixteen left[R];
    TTREC_UNROLL for (int r = 0; r < R; r++) left[r] = load16(x + r * ldx + p, k - p);
    TTREC_UNROLL for (int t = 0; t < S; t++) {
      const Sixteen right = load16(y + t * ldy + p, k - p);
      TTREC_UNROLL for (int r = 0; r < R; r++) s[r][t] = fma16(left[r], right, s[r][t]);
    }
  }
  TTREC_UNROLL for (int r = 0; r < R; r++) {
    if (S == 4) {
      F4 a = fold16(s[r][0]), b = fold16(s[r][1 % S]), c = fold16(s[r][2 % S]), d = fold16(s[r][3 % S]);
      transpose4(a, b, c, d);
      store4(sums[r], (a + c) + (b + d));
    } else {
      TTREC_UNROLL for (int t = 0; t < S; t++) {
        const F4 f = fold16(s[r][t]);
        sums[r][t] = (f[0] + f[2]) + (f[1] + f[3]);
      }
    }
  }
}

template <int R>
static void dotsOf(const float* x, size_t ldx, const float* y, size_t ldy, size_t count, size_t k, float* c, size_t byX,
                   size_t byY) {
  size_t t = 0;
  for (; t + 4 <= count; t += 4) {
    float sums[R][4];
    dotsTile<R, 4>(x, ldx, y + t * ldy, ldy, k, sums);
    for (int r = 0; r < R; r++) {
      for (int i = 0; i < 4; i++) c[r * byX + (t + i) * byY] = sums[r][i];
    }
  }
  for (; t < count; t++) {
    float sums[R][1];
    dotsTile<R, 1>(x, ldx, y + t * ldy, ldy, k, sums);
    for (int r = 0; r < R; r++) c[r * byX + t * byY] = sums[r][0];
  }
}

// Rows of a against rows of b, at most three of these.
static void dots(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t n, size_t k) {
  if (n == 1) dotsOf<1>(b, ldb, a, lda, m, k, c, 1, ldc);
  else if (n == 2) dotsOf<2>(b, ldb, a, lda, m, k, c, 1, ldc);
  else dotsOf<3>(b, ldb, a, lda, m, k, c, 1, ldc);
}

}  // namespace
