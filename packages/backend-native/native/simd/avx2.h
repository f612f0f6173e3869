#pragma once
#include <immintrin.h>
#include "common.h"

#define TTREC_ENGINE "AVX2 and FMA"

namespace {

typedef __m256 V;
constexpr int W = 8;
constexpr int PACKED_ROWS = 6, PACKED_VECTORS = 2, OPEN_ROWS = 6, OPEN_VECTORS = 2;

TTREC_INLINE __m256i first(size_t n) {
  static const int32_t masks[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256((const __m256i*)(masks + 8 - n));
}

TTREC_INLINE V zero() { return _mm256_setzero_ps(); }
TTREC_INLINE V splat(float x) { return _mm256_set1_ps(x); }
TTREC_INLINE V load(const float* p) { return _mm256_loadu_ps(p); }
TTREC_INLINE V load(const float* p, size_t n) { return n >= 8 ? load(p) : _mm256_maskload_ps(p, first(n)); }
TTREC_INLINE void store(float* p, V v) { _mm256_storeu_ps(p, v); }
TTREC_INLINE void store(float* p, V v, size_t n) {
  if (n >= 8) {
    store(p, v);
    return;
  }
  __m128 half = _mm256_castps256_ps128(v);
  if (n >= 4) {
    _mm_storeu_ps(p, half);
    half = _mm256_extractf128_ps(v, 1);
    p += 4;
    n -= 4;
  }
  if (n >= 2) {
    _mm_storel_pi((__m64*)p, half);
    half = _mm_movehl_ps(half, half);
    p += 2;
    n -= 2;
  }
  if (n == 1) _mm_store_ss(p, half);
}
TTREC_INLINE V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
TTREC_INLINE V add(V a, V b) { return _mm256_add_ps(a, b); }
TTREC_INLINE V sub(V a, V b) { return _mm256_sub_ps(a, b); }
TTREC_INLINE V mul(V a, V b) { return _mm256_mul_ps(a, b); }
TTREC_INLINE V div(V a, V b) { return _mm256_div_ps(a, b); }
TTREC_INLINE V root(V a) { return _mm256_sqrt_ps(a); }
TTREC_INLINE V relu(V v) { return _mm256_max_ps(zero(), v); }
TTREC_INLINE V cutOff(V g, V y) { return _mm256_andnot_ps(_mm256_cmp_ps(y, zero(), _CMP_LE_OQ), g); }
TTREC_INLINE bool anyNotFinite(V v) {
  const __m256i exponent = _mm256_set1_epi32(0x7f800000);
  const __m256i bits = _mm256_and_si256(_mm256_castps_si256(v), exponent);
  return _mm256_movemask_epi8(_mm256_cmpeq_epi32(bits, exponent)) != 0;
}

TTREC_INLINE V quarters(const float* p) { return _mm256_broadcast_ps((const __m128*)p); }
TTREC_INLINE V gatherQuarters(const float* p, size_t ld) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + ld), 1);
}
TTREC_INLINE void scatterQuarters(float* p, size_t ld, V v) {
  _mm_storeu_ps(p, _mm256_castps256_ps128(v));
  _mm_storeu_ps(p + ld, _mm256_extractf128_ps(v, 1));
}
template <int I> TTREC_INLINE V everyQuarters(V v) { return _mm256_permute_ps(v, I * 0x55); }

struct Sixteen { V low, high; };
TTREC_INLINE Sixteen zero16() { return {zero(), zero()}; }
TTREC_INLINE Sixteen load16(const float* p) { return {load(p), load(p + 8)}; }
TTREC_INLINE Sixteen load16(const float* p, size_t n) {
  return {load(p, n), n > 8 ? load(p + 8, n - 8) : zero()};
}
TTREC_INLINE Sixteen fma16(Sixteen a, Sixteen b, Sixteen c) {
  return {fma(a.low, b.low, c.low), fma(a.high, b.high, c.high)};
}
TTREC_INLINE F4 fold16(Sixteen s) {
  const __m256 half = add(s.low, s.high);
  return (F4)_mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

}  // namespace
