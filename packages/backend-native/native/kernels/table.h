// The kernels of one instruction set, by number: what the addon calls. packages/backend-linear/src/kernel-names.ts has the
// same order.
#pragma once
#include <stddef.h>

// Addresses, strides in bytes, extents and flags are all float64: 53 bits are exact, and addresses have 48.
typedef void (*Kernel)(const double* args);
typedef double (*Question)(const double* args);

constexpr int KERNELS = 26;
constexpr int QUESTIONS = 7;

struct KernelTable {
  const char* engine;
  Kernel kernels[KERNELS];
  // Bytes of memory, and whether numbers are finite.
  Question questions[QUESTIONS];
};

// Null where an instruction set is not of this architecture.
extern const KernelTable* const avx512Kernels;
extern const KernelTable* const avx2Kernels;
extern const KernelTable* const neonKernels;
