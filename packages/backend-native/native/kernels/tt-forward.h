// One level of the walk down the trie: value(node) [rows, cols] = value(parent) [rows, rank] · slice(digit) [rank, cols].
// A slice is shared by many nodes and a value by many children; whichever is larger stays in the first-level cache.
#pragma once
#include "rows.h"

namespace {

// Rows of a slice's nodes that are multiplied in one go.
constexpr size_t LISTED_ROWS = 96;
// Numbers of a slice that stay in the first-level cache; a wider slice is taken in blocks of columns.
constexpr size_t RESIDENT_SLICE = 8192;

// Asks for a stretch of memory.
TTREC_INLINE void prefetch(const float* from, size_t count) {
  for (size_t j = 0; j < count; j += 16) __builtin_prefetch(from + j);
}

// Level 0: a node's value is its slice.
static void ttFirstLevel(const float* core, const uint32_t* digit, size_t nodes, size_t length, float* values) {
  for (size_t node = 0; node < nodes; node++) {
    memcpy(values + node * length, core + digit[node] * length, 4 * length);
  }
}

// Child after child, in the order of their parents.
static void ttForwardByNode(const float* above, const float* core, float* values, const uint32_t* parent,
                            const uint32_t* digit, size_t nodes, size_t rows, size_t rank, size_t cols) {
  for (size_t node = 0; node < nodes; node++) {
    if (node + 2 < nodes) {
      prefetch(core + digit[node + 2] * rank * cols, rank * cols);
      if (parent[node + 2] != parent[node]) prefetch(above + parent[node + 2] * rows * rank, rows * rank);
    }
    const float* a = above + parent[node] * rows * rank;
    const float* b = core + digit[node] * rank * cols;
    matrixRows(a, rank, b, cols, values + node * rows * cols, cols, rows, rank, cols, false);
  }
}

static void multiplyListed(const float* const* a, float* const* c, size_t listed, const float* b, size_t rank,
                           size_t cols) {
  const size_t block = rank * cols <= RESIDENT_SLICE ? cols : most(64, (RESIDENT_SLICE / rank) & ~(size_t)63);
  for (size_t j = 0; j < cols; j += block) {
    rows(Listed<const float>{a, 0}, listed, b + j, cols, rank, Listed<float>{c, j}, least(block, cols - j), false);
  }
}

// Slice after slice: the values of all parents that meet it are one tall operand, of which only addresses are gathered.
// Computes the nodes at `first … first + count - 1` of `sliceNodes`.
static void ttForwardBySlice(const float* above, const float* core, float* values, const uint32_t* parent,
                             const uint32_t* sliceDigit, const uint32_t* sliceOffsets, const uint32_t* sliceNodes,
                             size_t slices, size_t first, size_t count, size_t rows, size_t rank, size_t cols, void*) {
  const float* a[LISTED_ROWS];
  float* c[LISTED_ROWS];
  for (size_t slice = 0; slice < slices; slice++) {
    const size_t start = most(first, sliceOffsets[slice]), end = least(first + count, sliceOffsets[slice + 1]);
    if (start >= end) continue;
    const float* b = core + sliceDigit[slice] * rank * cols;
    // Its products go down its columns and would wait for line after line.
    prefetch(b, rank * cols);
    size_t listed = 0;
    for (size_t i = start; i < end; i++) {
      const size_t node = sliceNodes[i];
      const float* from = above + parent[node] * rows * rank;
      for (size_t row = 0; row < rows; row++) {
        a[listed] = from + row * rank;
        c[listed] = values + (node * rows + row) * cols;
        prefetch(a[listed], rank);
        if (++listed < LISTED_ROWS) continue;
        multiplyListed(a, c, listed, b, rank, cols);
        listed = 0;
      }
    }
    if (listed > 0) multiplyListed(a, c, listed, b, rank, cols);
  }
}

}  // namespace
