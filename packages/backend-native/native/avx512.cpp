#include "kernels/table.h"
#if defined(__x86_64__) || defined(_M_X64)
#include "simd/avx512.h"
#include "kernels/all.h"
const KernelTable* const avx512Kernels = &table;
#else
const KernelTable* const avx512Kernels = nullptr;
#endif
