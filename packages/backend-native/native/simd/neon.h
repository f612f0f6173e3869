#pragma once
#include <arm_neon.h>
#include "common.h"

#define TTREC_ENGINE "NEON"

namespace {

typedef float32x4_t V;
constexpr int W = 4;
constexpr int PACKED_ROWS = 8, PACKED_VECTORS = 2, OPEN_ROWS = 6, OPEN_VECTORS = 4;

TTREC_INLINE V zero() { return vdupq_n_f32(0); }
TTREC_INLINE V splat(float x) { return vdupq_n_f32(x); }
TTREC_INLINE V load(const float* p) { return vld1q_f32(p); }
TTREC_INLINE V load(const float* p, size_t n) { return (V)load4(p, n); }
TTREC_INLINE void store(float* p, V v) { vst1q_f32(p, v); }
TTREC_INLINE void store(float* p, V v, size_t n) { store4(p, (F4)v, n); }
TTREC_INLINE V fma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
TTREC_INLINE V add(V a, V b) { return vaddq_f32(a, b); }
TTREC_INLINE V sub(V a, V b) { return vsubq_f32(a, b); }
TTREC_INLINE V mul(V a, V b) { return vmulq_f32(a, b); }
TTREC_INLINE V div(V a, V b) { return vdivq_f32(a, b); }
TTREC_INLINE V root(V a) { return vsqrtq_f32(a); }
TTREC_INLINE V relu(V v) { return vbslq_f32(vcltq_f32(v, zero()), zero(), v); }
TTREC_INLINE V cutOff(V g, V y) { return vbslq_f32(vcleq_f32(y, zero()), zero(), g); }
TTREC_INLINE bool anyNotFinite(V v) {
  const uint32x4_t exponent = vdupq_n_u32(0x7f800000);
  return vmaxvq_u32(vceqq_u32(vandq_u32(vreinterpretq_u32_f32(v), exponent), exponent)) != 0;
}

TTREC_INLINE V quarters(const float* p) { return load(p); }
TTREC_INLINE V gatherQuarters(const float* p, size_t) { return load(p); }
TTREC_INLINE void scatterQuarters(float* p, size_t, V v) { store(p, v); }
template <int I> TTREC_INLINE V everyQuarters(V v) { return vdupq_laneq_f32(v, I); }

struct Sixteen { V v[4]; };
TTREC_INLINE Sixteen zero16() { return {{zero(), zero(), zero(), zero()}}; }
TTREC_INLINE Sixteen load16(const float* p) { return {{load(p), load(p + 4), load(p + 8), load(p + 12)}}; }
TTREC_INLINE Sixteen load16(const float* p, size_t n) {
  Sixteen s = zero16();
  TTREC_UNROLL for (size_t i = 0; i < 4; i++) if (n > 4 * i) s.v[i] = load(p + 4 * i, n - 4 * i);
  return s;
}
TTREC_INLINE Sixteen fma16(Sixteen a, Sixteen b, Sixteen c) {
  return {{fma(a.v[0], b.v[0], c.v[0]), fma(a.v[1], b.v[1], c.v[1]), fma(a.v[2], b.v[2], c.v[2]),
           fma(a.v[3], b.v[3], c.v[3])}};
}
TTREC_INLINE F4 fold16(Sixteen s) { return (F4)add(add(s.v[0], s.v[2]), add(s.v[1], s.v[3])); }

}  // namespace
