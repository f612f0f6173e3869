// Integer work on arrays of JavaScript: grouping ids and building tries, as packages/embeddings/src/lookup/grouping does it.
#pragma once
#include <stdint.h>
#include <string.h>
#include "values.h"

namespace {

struct Placed {
  uint32_t value;
  uint32_t position;
};

// Counters of a pass stay in the second-level cache, and there is about one a value.
constexpr int MOST_BITS = 12, LEAST_BITS = 8, MOST_PASSES = 4;

int bitsOf(uint32_t value) { return value == 0 ? 0 : 32 - __builtin_clz(value); }

// Stable least-significant-digit radix sort; returns whichever of `a` and `b` has the result.
const Placed* sortPlaced(const uint32_t* values, size_t n, Placed* a, Placed* b) {
  uint32_t all = 0, last = 0;
  bool isAscending = true;
  for (size_t i = 0; i < n; i++) {
    all |= values[i];
    isAscending &= values[i] >= last;
    last = values[i];
  }
  if (isAscending) {
    for (size_t i = 0; i < n; i++) a[i] = {values[i], (uint32_t)i};
    return a;
  }
  int digit = bitsOf((uint32_t)n);
  digit = digit < LEAST_BITS ? LEAST_BITS : digit > MOST_BITS ? MOST_BITS : digit;
  const int passes = (bitsOf(all) + digit - 1) / digit, bits = (bitsOf(all) + passes - 1) / passes;
  const uint32_t mask = (1u << bits) - 1;
  uint32_t counts[MOST_PASSES][1 << MOST_BITS];
  for (int pass = 0; pass < passes; pass++) memset(counts[pass], 0, 4 * (size_t)(mask + 1));
  for (size_t i = 0; i < n; i++) {
    for (int pass = 0; pass < passes; pass++) counts[pass][values[i] >> pass * bits & mask]++;
  }
  for (int pass = 0; pass < passes; pass++) {
    uint32_t start = 0;
    for (uint32_t d = 0; d <= mask; d++) {
      const uint32_t count = counts[pass][d];
      counts[pass][d] = start;
      start += count;
    }
  }
  // Values move with their positions: looking them up anew would wait for a cache at every step.
  for (size_t i = 0; i < n; i++) a[counts[0][values[i] & mask]++] = {values[i], (uint32_t)i};
  for (int pass = 1; pass < passes; pass++) {
    for (size_t i = 0; i < n; i++) b[counts[pass][a[i].value >> pass * bits & mask]++] = a[i];
    Placed* const sorted = b;
    b = a;
    a = sorted;
  }
  return a;
}

struct PositionArguments : Arguments {
  using Arguments::Arguments;
  uint32_t* positions(int i) const {
    size_t bytes = 0;
    return (uint32_t*)array(i, &bytes);
  }
};

// group(values, n, distinct, offsets, positions, groupOf, scratch): how many distinct values there are.
napi_value group(napi_env env, napi_callback_info info) {
  const PositionArguments args(env, info);
  const size_t n = args.size(1);
  uint32_t *const distinct = args.positions(2), *const offsets = args.positions(3);
  uint32_t *const positions = args.positions(4), *const groupOf = args.positions(5);
  Placed* const scratch = (Placed*)args.positions(6);
  const Placed* const sorted = sortPlaced(args.positions(0), n, scratch, scratch + n);
  size_t groups = 0;
  uint32_t last = n > 0 ? ~sorted[0].value : 0;
  offsets[0] = 0;
  // No branch: whether the next value is a new one is anyone's guess.
  for (size_t i = 0; i < n; i++) {
    const Placed next = sorted[i];
    groups += next.value != last;
    last = next.value;
    distinct[groups - 1] = next.value;
    offsets[groups] = (uint32_t)i + 1;
    positions[i] = next.position;
    groupOf[next.position] = (uint32_t)groups - 1;
  }
  return number(env, (double)groups);
}

// Exact quotients of 32-bit numbers by one divisor: a multiplication takes a fraction of a division.
struct Divisor {
  uint64_t reciprocal;

  explicit Divisor(uint64_t divisor) : reciprocal(divisor == 1 ? 0 : ~(uint64_t)0 / divisor + 1) {}
  uint32_t quotient(uint32_t x) const {
    return reciprocal == 0 ? x : (uint32_t)((unsigned __int128)reciprocal * x >> 64);
  }
};

// split(prefixes, n, factor, digits, parents, childOffsets, above): how many distinct prefixes are left.
napi_value split(napi_env env, napi_callback_info info) {
  const PositionArguments args(env, info);
  const uint32_t* const prefixes = args.positions(0);
  const size_t n = args.size(1);
  // Up to 2^32.
  const uint64_t factor = args.size(2);
  uint32_t *const digits = args.positions(3), *const parents = args.positions(4);
  uint32_t *const childOffsets = args.positions(5), *const above = args.positions(6);
  const Divisor divisor(factor);
  size_t count = 0;
  uint32_t last = 0;
  for (size_t node = 0; node < n; node++) {
    const uint32_t prefix = prefixes[node], quotient = divisor.quotient(prefix);
    digits[node] = prefix - quotient * (uint32_t)factor;
    count += node == 0 || quotient != last;
    last = quotient;
    parents[node] = (uint32_t)count - 1;
    above[count - 1] = quotient;
    childOffsets[count] = (uint32_t)node + 1;
  }
  return number(env, (double)count);
}

// groupDigits(digits, n, factor, sliceDigit, sliceOffsets, sliceNodes, counts): how many distinct digits there are; -1 where
// one is not below `factor`.
napi_value groupDigits(napi_env env, napi_callback_info info) {
  const PositionArguments args(env, info);
  const uint32_t* const digits = args.positions(0);
  const size_t n = args.size(1), factor = args.size(2);
  uint32_t *const sliceDigit = args.positions(3), *const sliceOffsets = args.positions(4);
  uint32_t *const sliceNodes = args.positions(5), *const counts = args.positions(6);
  memset(counts, 0, 4 * factor);
  for (size_t node = 0; node < n; node++) {
    if (digits[node] >= factor) return number(env, -1);
    counts[digits[node]]++;
  }
  size_t slices = 0;
  uint32_t start = 0;
  for (size_t digit = 0; digit < factor; digit++) {
    const uint32_t count = counts[digit];
    if (count == 0) continue;
    sliceDigit[slices] = (uint32_t)digit;
    sliceOffsets[slices++] = start;
    counts[digit] = start;
    start += count;
  }
  sliceOffsets[slices] = start;
  for (size_t node = 0; node < n; node++) sliceNodes[counts[digits[node]]++] = (uint32_t)node;
  return number(env, (double)slices);
}

}  // namespace
