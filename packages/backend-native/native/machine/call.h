// A kernel with its arguments, and how it may be cut into parts.
#pragma once
#include <string.h>
#include "../kernels/table.h"

constexpr int MOST_ARGUMENTS = 32;

// As packages/backend-native/src/argument-block.ts writes it.
struct Call {
  double kernel;
  double arguments;
  // 0 for a call that is not cut.
  double parts;
  double units;
  double grain;
  double unused[3];
  double base[MOST_ARGUMENTS];
  // What is added for every unit before a part, and for every thread before the one that computes.
  double perUnit[MOST_ARGUMENTS];
  double perThread[MOST_ARGUMENTS];
  // Whether the argument is how many units the part has.
  double counts[MOST_ARGUMENTS];

  size_t bytes() const { return parts == 0 ? offsetof(Call, base) + 8 * (size_t)arguments : sizeof *this; }
};

static inline void runWhole(const KernelTable* table, const Call& call) { table->kernels[(int)call.kernel](call.base); }

// Parts begin at multiples of the grain, the rest is in the last one.
static inline void runPart(const KernelTable* table, const Call& call, size_t part, size_t thread) {
  const size_t units = (size_t)call.units, grain = (size_t)call.grain, parts = (size_t)call.parts;
  const size_t grains = units / grain, start = grain * (part * grains / parts);
  const size_t end = part + 1 == parts ? units : grain * ((part + 1) * grains / parts);
  double args[MOST_ARGUMENTS];
  for (int i = 0; i < (int)call.arguments; i++) {
    args[i] = call.counts[i] != 0 ? (double)(end - start)
                                  : call.base[i] + (double)start * call.perUnit[i] + (double)thread * call.perThread[i];
  }
  table->kernels[(int)call.kernel](args);
}
