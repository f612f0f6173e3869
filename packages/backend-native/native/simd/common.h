// What every instruction set shares. Compiled once for each, so everything here is local to its object file: a copy of an
// inline function that was compiled for AVX-512 must never be the one that a linker keeps for everybody.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TTREC_INLINE static inline __attribute__((always_inline))

// Without full unrolling, clang keeps the sums of a tile in memory and is three times slower.
#if defined(__clang__)
#define TTREC_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TTREC_UNROLL _Pragma("GCC unroll 32")
#endif

namespace {

// Four numbers, for rearranging: the same on every instruction set.
typedef float F4 __attribute__((vector_size(16), aligned(4)));

TTREC_INLINE F4 load4(const float* p) {
  F4 v;
  memcpy(&v, p, sizeof v);
  return v;
}

TTREC_INLINE F4 load4(const float* p, size_t count) {
  if (count >= 4) return load4(p);
  F4 v = {0, 0, 0, 0};
  for (size_t i = 0; i < count; i++) v[i] = p[i];
  return v;
}

TTREC_INLINE void store4(float* p, F4 v) { memcpy(p, &v, sizeof v); }

TTREC_INLINE void store4(float* p, F4 v, size_t count) {
  if (count >= 4) store4(p, v);
  else for (size_t i = 0; i < count; i++) p[i] = v[i];
}

// Rows become columns.
TTREC_INLINE void transpose4(F4& a, F4& b, F4& c, F4& d) {
  const F4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const F4 AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const F4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const F4 CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  c = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
  d = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}

TTREC_INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }
TTREC_INLINE size_t most(size_t a, size_t b) { return a > b ? a : b; }

}  // namespace
