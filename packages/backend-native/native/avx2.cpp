#include "kernels/table.h"
#if defined(__x86_64__) || defined(_M_X64)
#include "simd/avx2.h"
#include "kernels/all.h"
const KernelTable* const avx2Kernels = &table;
#else
const KernelTable* const avx2Kernels = nullptr;
#endif
