// Weighted sums of rows. A sum stays in registers while the lookups pass, in ascending order. Strides in bytes.
#pragma once

namespace {

// What scales a row: nothing, a weight of its own, or one over the length of its bag.
constexpr uint32_t WEIGHTED = 1;
constexpr uint32_t MEAN = 2;
// Lookups ahead of which rows are asked for.
constexpr size_t LOOKUPS_AHEAD = 16;

template <int N>
TTREC_INLINE void bagStrip(const float* rows, size_t ld, const uint32_t* lookupRow, const float* weights, size_t start,
                           size_t end, uint32_t scaling, float* to, size_t width) {
  V s[N];
  const size_t last = width - (N - 1) * W;
  TTREC_UNROLL for (int v = 0; v < N; v++) s[v] = zero();
  for (size_t l = start; l < end; l++) {
    const float* from = rows + lookupRow[l] * ld;
    if (scaling == WEIGHTED) {
      const V weight = splat(weights[l]);
      TTREC_UNROLL for (int v = 0; v < N; v++) {
        s[v] = fma(weight, load(from + v * W, v < N - 1 ? (size_t)W : last), s[v]);
      }
    } else {
      TTREC_UNROLL for (int v = 0; v < N; v++) s[v] = add(s[v], load(from + v * W, v < N - 1 ? (size_t)W : last));
    }
  }
  if (scaling == MEAN && end > start) {
    const V count = splat((float)(end - start));
    TTREC_UNROLL for (int v = 0; v < N; v++) s[v] = div(s[v], count);
  }
  TTREC_UNROLL for (int v = 0; v < N; v++) store(to + v * W, s[v], v < N - 1 ? (size_t)W : last);
}

// `count` of the `batch` bags of every feature; `offsets` and `out` are those of the first of them. `columns` 0 stands for
// one feature at column 0.
static void bagForward(const float* rows, size_t ldRows, size_t dim, const uint32_t* offsets, const uint32_t* lookupRow,
                       const float* weights, uint32_t scaling, float* out, size_t ldOut, size_t batch, size_t count,
                       const uint32_t* columns, size_t features) {
  const size_t ld = ldRows / 4;
  for (size_t f = 0; f < features; f++) {
    float* to = columns ? out + columns[f] : out;
    const uint32_t* bag = offsets + f * batch;
    const size_t last = bag[count];
    for (size_t b = 0; b < count; b++, to += ldOut / 4) {
      const size_t start = bag[b], end = bag[b + 1];
      for (size_t l = start + LOOKUPS_AHEAD; l < least(end + LOOKUPS_AHEAD, last); l++) {
        const float* row = rows + lookupRow[l] * ld;
        for (size_t j = 0; j < dim; j += 16) __builtin_prefetch(row + j);
      }
      size_t j = 0;
      for (; j + 4 * W <= dim; j += 4 * W) {
        bagStrip<4>(rows + j, ld, lookupRow, weights, start, end, scaling, to + j, 4 * W);
      }
      for (; j < dim; j += W) bagStrip<1>(rows + j, ld, lookupRow, weights, start, end, scaling, to + j, least(W, dim - j));
    }
  }
}

struct BagGradients {
  const float* gradOut;
  size_t ld;
  uint32_t batch;
  const uint32_t* columns;
  const uint32_t* offsets;
  const uint32_t* lookupBag;
  const float* weights;
  uint32_t scaling;

  // Where dL/dout of a bag begins; a bag's number counts through the features, each of `batch` bags.
  TTREC_INLINE const float* of(const BagGradients& g, uint32_t bag) {
    const uint32_t feature = bag < g.batch ? 0 : bag / g.batch;
    return g.gradOut + (size_t)(bag - feature * g.batch) * g.ld + (g.columns ? g.columns[feature] : 0);
  }

  TTREC_INLINE float scaleOf(const BagGradients& g, uint32_t lookup, uint32_t bag) {
    if (g.scaling == WEIGHTED) return g.weights[lookup];
    return 1 / (float)(g.offsets[bag + 1] - g.offsets[bag]);
  }
};

// N vectors of one row's gradient, from column j on; the lookups at `start … end - 1` of the list, ascending.
template <int N>
TTREC_INLINE void bagGradientStrip(const BagGradients& g, const uint32_t* rowLookups, size_t start, size_t end, size_t j,
                                   float* to, size_t width) {
  V s[N];
  const size_t last = width - (N - 1) * W;
  const bool isOne = end - start == 1;
  TTREC_UNROLL for (int v = 0; v < N; v++) s[v] = zero();
  for (size_t i = start; i < end; i++) {
    const uint32_t lookup = rowLookups[i], bag = g.lookupBag[lookup];
    const float* from = BagGradients::of(g, bag) + j;
    const V scale = splat(g.scaling == 0 ? 1 : BagGradients::scaleOf(g, lookup, bag));
    TTREC_UNROLL for (int v = 0; v < N; v++) {
      const V x = load(from + v * W, v < N - 1 ? (size_t)W : last);
      // The only term is not added to zero: the sign of a zero stays.
      if (g.scaling == 0) s[v] = isOne ? x : add(s[v], x);
      else s[v] = isOne ? mul(scale, x) : fma(scale, x, s[v]);
    }
  }
  TTREC_UNROLL for (int v = 0; v < N; v++) store(to + v * W, s[v], v < N - 1 ? (size_t)W : last);
}

// The first row whose lookups begin at or after `lookup`.
static size_t rowFrom(const uint32_t* rowOffsets, size_t rows, size_t lookup) {
  size_t low = 0, high = rows;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (rowOffsets[middle] < lookup) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The rows whose lookups begin among the `count` from `first` on, of `rowLookups`: parts of as many lookups take about as
// long, where most lookups may be those of a few rows.
static void bagBackward(const float* gradOut, size_t ldOut, uint32_t batch, const uint32_t* columns,
                        const uint32_t* offsets, const uint32_t* rowOffsets, const uint32_t* rowLookups,
                        const uint32_t* lookupBag, const float* weights, uint32_t scaling, size_t rows, size_t first,
                        size_t count, float* gradRows, size_t ldRows, size_t dim) {
  const BagGradients g = {gradOut, ldOut / 4, batch, columns, offsets, lookupBag, weights, scaling};
  const size_t firstRow = rowFrom(rowOffsets, rows, first);
  const size_t endRow = first + count >= rowOffsets[rows] ? rows : rowFrom(rowOffsets, rows, first + count);
  gradRows += firstRow * (ldRows / 4);
  for (size_t row = firstRow; row < endRow; row++, gradRows += ldRows / 4) {
    const size_t start = rowOffsets[row], end = rowOffsets[row + 1];
    if (row + AHEAD < rows) {
      const uint32_t next = rowOffsets[row + AHEAD];
      if (next < rowOffsets[rows]) __builtin_prefetch(BagGradients::of(g, lookupBag[rowLookups[next]]));
    }
    size_t j = 0;
    for (; j + 4 * W <= dim; j += 4 * W) bagGradientStrip<4>(g, rowLookups, start, end, j, gradRows + j, 4 * W);
    for (; j < dim; j += W) bagGradientStrip<1>(g, rowLookups, start, end, j, gradRows + j, least(W, dim - j));
  }
}

}  // namespace
