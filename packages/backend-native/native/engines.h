// The instruction sets that this processor and system have.
#pragma once
#include "cpuid.h"
#include "kernels/table.h"
#include "values.h"

namespace {

const KernelTable* tableOf(double engine) {
  const Cpu cpu;
  if (engine == 0) return cpu.avx512 ? avx512Kernels : nullptr;
  if (engine == 1) return cpu.avx2 ? avx2Kernels : nullptr;
  return cpu.neon ? neonKernels : nullptr;
}

// engines(): what can be opened here, best first: [number, name] alternating.
napi_value engines(napi_env env, napi_callback_info) {
  napi_value list = nullptr;
  napi_create_array(env, &list);
  uint32_t length = 0;
  for (int engine = 0; engine < 3; engine++) {
    const KernelTable* const table = tableOf(engine);
    if (!table) continue;
    napi_value name = nullptr;
    napi_create_string_utf8(env, table->engine, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, length++, number(env, engine));
    napi_set_element(env, list, length++, name);
  }
  return list;
}

}  // namespace
