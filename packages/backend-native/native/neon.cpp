#include "kernels/table.h"
#if defined(__aarch64__) || defined(_M_ARM64)
#include "simd/neon.h"
#include "kernels/all.h"
const KernelTable* const neonKernels = &table;
#else
const KernelTable* const neonKernels = nullptr;
#endif
