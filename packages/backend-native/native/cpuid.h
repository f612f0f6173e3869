// Which instruction sets processor and system have. `__builtin_cpu_supports` does not link into a shared library everywhere.
#pragma once
#include <stdint.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

struct Cpu {
  bool avx2 = false, avx512 = false, neon = false;

  Cpu() {
#if defined(__aarch64__)
    neon = true;
#elif defined(__x86_64__)
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return;
    const bool saves = c >> 27 & 1, fma = c >> 12 & 1;
    if (!saves || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    // The system saves the registers: xmm and ymm, and for AVX-512 the masks and both halves of zmm.
    avx2 = fma && (low & 6) == 6 && (b >> 5 & 1) && (b >> 3 & 1) && (b >> 8 & 1);
    const uint32_t needed = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
    avx512 = avx2 && (low & 0xe0) == 0xe0 && (b & needed) == needed;
#endif
  }
};
