// One level of the walk up the trie. With A = value(parent) [rows, rank], G = gradient of the node's value [rows, cols]:
// the slice's gradient [rank, cols] is the sum of Aᵀ·G over its nodes, the parent's gradient [rows, rank] the sum of
// G·sliceᵀ over its children. Nodes of a slice are ascending; a parent's children have ascending digits, so that slice
// after slice reaches them in the same order as node after node.
#pragma once
#include "elementwise.h"
#include "outer.h"
#include "pack.h"
#include "rows.h"
#include "tt-forward.h"

namespace {

// Bytes of working memory for one level, walked slice after slice: a transposed slice, and a gradient that is used at once.
static size_t bySliceWorkspace(size_t rank, size_t cols) { return 8 * rank * cols + 128; }

// `parent gradient [rank] += node gradient [cols] · transposed slice [cols, rank]`, row by row of the lists.
static void addListed(const float* const* g, float* const* p, size_t listed, const float* transposed, size_t rank,
                      size_t cols) {
  const size_t block = rank * cols <= RESIDENT_SLICE ? cols : most(8, RESIDENT_SLICE / rank);
  for (size_t j = 0; j < cols; j += block) {
    rows(Listed<const float>{g, j}, listed, transposed + j * rank, rank, least(block, cols - j), Listed<float>{p, 0}, rank,
         true);
  }
}

// What a slice does with its gradient while both are in cache; with `NONE`, the gradient is left to the caller.
struct SliceUpdate {
  enum { NONE, SGD, ADAGRAD };
  size_t rule;
  float* state;
  double learningRate, epsilon;
};

struct SliceLevel {
  const float* above;
  float* core;
  const float* gradValues;
  const uint32_t* parent;
  const uint32_t* sliceDigit;
  const uint32_t* sliceOffsets;
  const uint32_t* sliceNodes;
  size_t rows, rank, cols;
};

static void updateSlice(const SliceUpdate& update, float* core, const float* gradient, const uint32_t* digit, size_t length) {
  if (update.rule == SliceUpdate::SGD) sgd(core, gradient, 0, digit, 1, length, update.learningRate);
  if (update.rule == SliceUpdate::ADAGRAD) {
    adagrad(core, update.state, gradient, 0, digit, 1, length, update.learningRate, update.epsilon);
  }
}

static void backwardSlice(const SliceLevel& level, const SliceUpdate& update, float* gradAbove, float* gradCore, size_t slice,
                          float* transposed) {
  const size_t rows = level.rows, rank = level.rank, cols = level.cols;
  const float* a[LISTED_ROWS];
  const float* g[LISTED_ROWS];
  float* p[LISTED_ROWS];
  transpose(level.core + level.sliceDigit[slice] * rank * cols, cols, rank, cols, transposed, rank);
  float* out = update.rule == SliceUpdate::NONE ? gradCore + slice * rank * cols : transposed + rank * cols;
  size_t listed = 0;
  bool more = false;
  const auto multiply = [&] {
    outer(Listed<const float>{a, 0}, Listed<const float>{g, 0}, listed, out, cols, rank, cols, more);
    addListed(g, p, listed, transposed, rank, cols);
    more = true;
    listed = 0;
  };
  for (size_t i = level.sliceOffsets[slice]; i < level.sliceOffsets[slice + 1]; i++) {
    const size_t node = level.sliceNodes[i], from = level.parent[node] * rows * rank;
    for (size_t row = 0; row < rows; row++) {
      a[listed] = level.above + from + row * rank;
      g[listed] = level.gradValues + (node * rows + row) * cols;
      p[listed] = gradAbove + from + row * rank;
      // The products go down its columns and would wait for line after line.
      prefetch(g[listed], cols);
      if (++listed == LISTED_ROWS) multiply();
    }
  }
  if (listed > 0) multiply();
  updateSlice(update, level.core, out, level.sliceDigit + slice, rank * cols);
}

// The first slice whose nodes begin at or after the chunk's share of all nodes.
static size_t chunkStart(const uint32_t* sliceOffsets, size_t slices, size_t chunk, size_t chunks) {
  const size_t share = (size_t)((uint64_t)sliceOffsets[slices] * chunk / chunks);
  size_t slice = 0;
  while (slice < slices && sliceOffsets[slice] < share) slice++;
  return slice;
}

// Slice after slice: a slice, its transpose and its gradient stay in cache while its nodes pass.
// The level has `chunks` of slices with about as many nodes each, of which `count` from `first` on are computed. A chunk
// sums the gradients of parents on its own: the first of them in `gradAbove`, the others in `partials`, one after another.
// With an update, slices are trained and `gradCore` stays as it is: passes over gradients of all slices would take room from
// everything else in the caches.
static void ttBackwardBySlice(const float* above, float* core, const float* gradValues, float* gradAbove,
                              float* gradCore, const uint32_t* parent, const uint32_t* sliceDigit,
                              const uint32_t* sliceOffsets, const uint32_t* sliceNodes, size_t slices, size_t nodesAbove,
                              size_t rows, size_t rank, size_t cols, size_t chunks, size_t first, size_t count,
                              float* partials, float* work, size_t rule, float* state, double learningRate,
                              double epsilon) {
  const SliceUpdate update = {rule, state, learningRate, epsilon};
  const SliceLevel level = {above, core, gradValues, parent, sliceDigit, sliceOffsets, sliceNodes, rows, rank, cols};
  const size_t sums = nodesAbove * rows * rank;
  for (size_t chunk = first; chunk < first + count; chunk++) {
    float* to = chunk == 0 ? gradAbove : partials + (chunk - 1) * sums;
    memset(to, 0, 4 * sums);
    const size_t end = chunkStart(sliceOffsets, slices, chunk + 1, chunks);
    for (size_t slice = chunkStart(sliceOffsets, slices, chunk, chunks); slice < end; slice++) {
      backwardSlice(level, update, to, gradCore, slice, work);
    }
  }
}

// Bytes of working memory for one level, walked node after node; its digits are below `digits`.
static size_t byNodeWorkspace(size_t digits, size_t slices, size_t rank, size_t cols) {
  return 4 * (digits + 16) + 4 * slices * cols * rank + 64;
}

// Bytes of the sums of one chunk. They are kept as [cols, rank]: few columns are splat, many ranks make whole vectors.
static size_t byNodeSums(size_t slices, size_t rank, size_t cols) { return 4 * slices * cols * rank; }

// The first node at or after the chunk's share of all nodes whose parent has no node before it.
static size_t familyStart(const uint32_t* parent, size_t nodes, size_t chunk, size_t chunks) {
  size_t node = (size_t)((uint64_t)nodes * chunk / chunks);
  while (node > 0 && node < nodes && parent[node] == parent[node - 1]) node++;
  return node;
}

// Vectors of ranks that are computed in one go: four columns have so many sums, and as many vectors of the slice, in registers.
constexpr int NODE_VECTORS = W == 8 ? 1 : 2;

// One node of a slice of four columns, N vectors of its ranks: `own` [4, rank] += Gᵀ·A and `up` [rows, rank] (+)= G·transposed,
// which share what they read of G.
template <int N>
TTREC_INLINE void backwardFour(const float* g, const float* a, const float* transposed, float* own, float* up, size_t rows,
                               size_t rank, size_t width, bool more) {
  V s[4][N], b[4][N];
  const size_t last = width - (N - 1) * W;
  TTREC_UNROLL for (int c = 0; c < 4; c++) {
    TTREC_UNROLL for (int v = 0; v < N; v++) {
      const size_t n = v < N - 1 ? (size_t)W : last;
      s[c][v] = load(own + c * rank + v * W, n);
      b[c][v] = load(transposed + c * rank + v * W, n);
    }
  }
  for (size_t row = 0; row < rows; row++, g += 4, a += rank, up += rank) {
    V x[N], q[N];
    TTREC_UNROLL for (int v = 0; v < N; v++) {
      const size_t n = v < N - 1 ? (size_t)W : last;
      x[v] = load(a + v * W, n);
      q[v] = more ? load(up + v * W, n) : zero();
    }
    TTREC_UNROLL for (int c = 0; c < 4; c++) {
      const V y = splat(g[c]);
      TTREC_UNROLL for (int v = 0; v < N; v++) {
        s[c][v] = fma(y, x[v], s[c][v]);
        q[v] = fma(y, b[c][v], q[v]);
      }
    }
    TTREC_UNROLL for (int v = 0; v < N; v++) store(up + v * W, q[v], v < N - 1 ? (size_t)W : last);
  }
  TTREC_UNROLL for (int c = 0; c < 4; c++) {
    TTREC_UNROLL for (int v = 0; v < N; v++) store(own + c * rank + v * W, s[c][v], v < N - 1 ? (size_t)W : last);
  }
}

static void backwardNode(const float* g, const float* a, const float* transposed, float* own, float* up, size_t rows,
                         size_t rank, size_t cols, bool more) {
  if (cols != 4) {
    outer(Strided<const float>{g, cols}, Strided<const float>{a, rank}, rows, own, rank, cols, rank, true);
    matrixRows(g, cols, transposed, rank, up, rank, rows, cols, rank, more);
    return;
  }
  size_t j = 0;
  for (; j + NODE_VECTORS * W <= rank; j += NODE_VECTORS * W) {
    backwardFour<NODE_VECTORS>(g, a + j, transposed + j, own + j, up + j, rows, rank, NODE_VECTORS * W, more);
  }
  for (; j < rank; j += W) {
    backwardFour<1>(g, a + j, transposed + j, own + j, up + j, rows, rank, least(W, rank - j), more);
  }
}

// Node after node: a parent's value and gradient stay in cache while its children pass. For slices of few columns.
// The level has `chunks` of about as many nodes each, the children of a parent together, of which `count` from `first` on
// are computed; each sums the gradients of slices on its own, in `sums`, where `ttSliceGradients` finds them.
static void ttBackwardByNode(const float* above, const float* core, const float* gradValues, float* gradAbove,
                             const uint32_t* parent, const uint32_t* digit, const uint32_t* sliceDigit, size_t nodes,
                             size_t slices, size_t rows, size_t rank, size_t cols, size_t chunks, size_t first,
                             size_t count, float* sums, float* work) {
  const size_t length = rank * cols, valueLength = rows * rank;
  float* transposed = work;
  uint32_t* sliceOf = (uint32_t*)(work + slices * length);
  for (size_t slice = 0; slice < slices; slice++) {
    transpose(core + sliceDigit[slice] * length, cols, rank, cols, transposed + slice * length, rank);
    sliceOf[sliceDigit[slice]] = (uint32_t)slice;
  }
  for (size_t chunk = first; chunk < first + count; chunk++) {
    const size_t end = familyStart(parent, nodes, chunk + 1, chunks);
    float* own = sums + chunk * slices * length;
    memset(own, 0, 4 * slices * length);
    // Every node of a trie has a child. The first one overwrites, which saves a pass that clears; parents ascend.
    size_t begun = 0;
    for (size_t node = familyStart(parent, nodes, chunk, chunks); node < end; node++) {
      const size_t slice = sliceOf[digit[node]], from = parent[node] * valueLength;
      const float* g = gradValues + node * rows * cols;
      if (node + 2 < nodes && parent[node + 2] != parent[node]) {
        prefetch(above + parent[node + 2] * valueLength, valueLength);
        for (size_t j = 0; j < valueLength; j += 16) __builtin_prefetch(gradAbove + parent[node + 2] * valueLength + j, 1);
      }
      backwardNode(g, above + from, transposed + slice * length, own + slice * length, gradAbove + from, rows, rank, cols,
                   parent[node] < begun);
      begun = parent[node] + 1;
    }
  }
}

// `to` [length] += each of `blocks` blocks, `apart` bytes from one to the next, in their order.
static void addBlocks(float* to, const float* from, size_t apart, size_t blocks, size_t length) {
  for (size_t block = 0; block < blocks; block++, from += apart / 4) {
    for (size_t i = 0; i < length; i += W) {
      store(to + i, add(load(to + i, length - i), load(from + i, length - i)), length - i);
    }
  }
}

// The gradients of `count` slices from the sums of every chunk, added in their order into those of the first.
static void ttSliceGradients(float* sums, size_t chunks, size_t slices, size_t rank, size_t cols, size_t first,
                             size_t count, float* gradCore) {
  const size_t length = rank * cols;
  float* own = sums + first * length;
  addBlocks(own, own + slices * length, 4 * slices * length, chunks - 1, count * length);
  for (size_t i = 0; i < count; i++) {
    transpose(own + i * length, rank, cols, rank, gradCore + (first + i) * length, cols);
  }
}

// Level 0: the gradient of a slice is the sum over its nodes.
static void ttFirstGradients(const float* gradValues, const uint32_t* sliceOffsets, const uint32_t* sliceNodes,
                             size_t slices, size_t length, float* gradCore) {
  for (size_t slice = 0; slice < slices; slice++) {
    float* to = gradCore + slice * length;
    const size_t start = sliceOffsets[slice], end = sliceOffsets[slice + 1];
    memcpy(to, gradValues + sliceNodes[start] * length, 4 * length);
    for (size_t i = start + 1; i < end; i++) {
      addBlocks(to, gradValues + sliceNodes[i] * length, 0, 1, length);
    }
  }
}

}  // namespace
