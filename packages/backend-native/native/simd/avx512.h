#pragma once
#include <immintrin.h>
#include "common.h"

#define TTREC_ENGINE "AVX-512"

namespace {

typedef __m512 V;
constexpr int W = 16;
// Sums of a tile of packed operands, and of one whose operands lie where they are.
constexpr int PACKED_ROWS = 14, PACKED_VECTORS = 2, OPEN_ROWS = 6, OPEN_VECTORS = 4;

TTREC_INLINE __mmask16 first(size_t n) { return n >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << n) - 1); }

TTREC_INLINE V zero() { return _mm512_setzero_ps(); }
TTREC_INLINE V splat(float x) { return _mm512_set1_ps(x); }
TTREC_INLINE V load(const float* p) { return _mm512_loadu_ps(p); }
TTREC_INLINE V load(const float* p, size_t n) { return _mm512_maskz_loadu_ps(first(n), p); }
TTREC_INLINE void store(float* p, V v) { _mm512_storeu_ps(p, v); }
TTREC_INLINE void store(float* p, V v, size_t n) { _mm512_mask_storeu_ps(p, first(n), v); }
TTREC_INLINE V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
TTREC_INLINE V add(V a, V b) { return _mm512_add_ps(a, b); }
TTREC_INLINE V sub(V a, V b) { return _mm512_sub_ps(a, b); }
TTREC_INLINE V mul(V a, V b) { return _mm512_mul_ps(a, b); }
TTREC_INLINE V div(V a, V b) { return _mm512_div_ps(a, b); }
TTREC_INLINE V root(V a) { return _mm512_sqrt_ps(a); }
// A NaN stays one: the second operand is returned.
TTREC_INLINE V relu(V v) { return _mm512_max_ps(zero(), v); }
// 0 where y <= 0, else g.
TTREC_INLINE V cutOff(V g, V y) {
  return _mm512_mask_mov_ps(g, _mm512_cmp_ps_mask(y, zero(), _CMP_LE_OQ), zero());
}
TTREC_INLINE bool anyNotFinite(V v) {
  const __m512i exponent = _mm512_set1_epi32(0x7f800000);
  return _mm512_cmpeq_epi32_mask(_mm512_and_si512(_mm512_castps_si512(v), exponent), exponent) != 0;
}

// Four numbers in every quarter.
TTREC_INLINE V quarters(const float* p) { return _mm512_broadcast_f32x4(_mm_loadu_ps(p)); }
TTREC_INLINE V gatherQuarters(const float* p, size_t ld) {
  V v = _mm512_castps128_ps512(_mm_loadu_ps(p));
  v = _mm512_insertf32x4(v, _mm_loadu_ps(p + ld), 1);
  v = _mm512_insertf32x4(v, _mm_loadu_ps(p + 2 * ld), 2);
  return _mm512_insertf32x4(v, _mm_loadu_ps(p + 3 * ld), 3);
}
TTREC_INLINE void scatterQuarters(float* p, size_t ld, V v) {
  _mm_storeu_ps(p, _mm512_castps512_ps128(v));
  _mm_storeu_ps(p + ld, _mm512_extractf32x4_ps(v, 1));
  _mm_storeu_ps(p + 2 * ld, _mm512_extractf32x4_ps(v, 2));
  _mm_storeu_ps(p + 3 * ld, _mm512_extractf32x4_ps(v, 3));
}
// Number `I` of every quarter, four times.
template <int I> TTREC_INLINE V everyQuarters(V v) { return _mm512_permute_ps(v, I * 0x55); }

// Sixteen sums that every instruction set adds up in the same order.
struct Sixteen { V v; };
TTREC_INLINE Sixteen zero16() { return {zero()}; }
TTREC_INLINE Sixteen load16(const float* p) { return {load(p)}; }
TTREC_INLINE Sixteen load16(const float* p, size_t n) { return {load(p, n)}; }
TTREC_INLINE Sixteen fma16(Sixteen a, Sixteen b, Sixteen c) { return {fma(a.v, b.v, c.v)}; }
TTREC_INLINE F4 fold16(Sixteen s) {
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(s.v), _mm512_extractf32x8_ps(s.v, 1));
  return (F4)_mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

}  // namespace
