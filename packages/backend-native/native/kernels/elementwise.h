// What goes over elements once: bias and activation, loss, optimizer steps, filling. Strides of the host's kernels in bytes.
#pragma once
#include <math.h>
#include "exp-log.h"

namespace {

// `c = relu?(c + bias)`; a NaN stays one. `bias` 0 stands for none. `ldc` in numbers.
static void biasActivation(float* c, size_t ldc, size_t rows, size_t cols, const float* bias, bool cut) {
  for (size_t i = 0; i < rows; i++, c += ldc) {
    for (size_t j = 0; j < cols; j += W) {
      V value = load(c + j, cols - j);
      if (bias) value = add(value, load(bias + j, cols - j));
      store(c + j, cut ? relu(value) : value, cols - j);
    }
  }
}

// Gradients whose output was cut off become 0 (that of a NaN stays); `gradBias` becomes the column sums, rows ascending.
template <int N, bool CUT>
TTREC_INLINE void biasStrip(const float* y, size_t ldy, float* g, size_t ldg, float* gradBias, size_t rows, size_t width) {
  V sums[N];
  const size_t last = width - (N - 1) * W;
  TTREC_UNROLL for (int v = 0; v < N; v++) sums[v] = zero();
  for (size_t i = 0; i < rows; i++, y += ldy, g += ldg) {
    TTREC_UNROLL for (int v = 0; v < N; v++) {
      const size_t n = v < N - 1 ? (size_t)W : last;
      V x = load(g + v * W, n);
      if (CUT) {
        x = cutOff(x, load(y + v * W, n));
        store(g + v * W, x, n);
      }
      sums[v] = add(sums[v], x);
    }
  }
  TTREC_UNROLL for (int v = 0; v < N; v++) store(gradBias + v * W, sums[v], v < N - 1 ? (size_t)W : last);
}

template <bool CUT>
static void biasBackward(const float* y, size_t ldy, float* g, size_t ldg, float* gradBias, size_t rows, size_t cols) {
  size_t j = 0;
  for (; j + 4 * W <= cols; j += 4 * W) biasStrip<4, CUT>(y + j, ldy, g + j, ldg, gradBias + j, rows, 4 * W);
  for (; j < cols; j += W) biasStrip<1, CUT>(y + j, ldy, g + j, ldg, gradBias + j, rows, least(W, cols - j));
}

static void biasActivationBackward(const float* y, size_t ldy, float* g, size_t ldg, float* gradBias, size_t rows,
                                   size_t cols, bool cut) {
  if (cut) biasBackward<true>(y, ldy / 4, g, ldg / 4, gradBias, rows, cols);
  else biasBackward<false>(y, ldy / 4, g, ldg / 4, gradBias, rows, cols);
}

// Computed in float64, rounded once; exp(-|z|) is at most 1, so that nothing overflows.
static void bceWithLogits(const float* logits, size_t ldLogits, const float* labels, size_t ldLabels, float* losses,
                          size_t ldLosses, float* gradients, size_t ldGradients, size_t rows, double scale) {
  for (size_t i = 0; i < rows; i++) {
    const double z = logits[i * ldLogits / 4], y = labels[i * ldLabels / 4];
    const double decay = expOfNegative(-fabs(z));
    const double sigmoid = (z >= 0 ? 1 : decay) / (1 + decay);
    const double positive = z > 0 || z != z ? z : 0;
    losses[i * ldLosses / 4] = (float)(positive - z * y + log1pOfFraction(decay));
    gradients[i * ldGradients / 4] = (float)(scale * (sigmoid - y));
  }
}

// Row i of the gradients belongs to row `positions[i]`, or to row i when `positions` is 0.
TTREC_INLINE size_t rowOf(const uint32_t* positions, size_t i) { return positions ? positions[i] : i; }

// Rows ahead of which memory is asked for.
constexpr size_t AHEAD = 12;

TTREC_INLINE void prefetchRow(const float* row, size_t cols) {
  for (size_t j = 0; j < cols; j += 16) __builtin_prefetch(row + j, 1);
}

// `w -= rate * g`, a row; rounded twice, as everywhere.
TTREC_INLINE void descend(float* w, const float* g, size_t cols, V rate) {
  for (size_t j = 0; j < cols; j += W) {
    const size_t n = cols - j;
    store(w + j, sub(load(w + j, n), mul(rate, load(g + j, n))), n);
  }
}

static void sgd(float* weights, const float* gradients, size_t ldGradients, const uint32_t* positions, size_t rows,
                size_t cols, double learningRate) {
  const V rate = splat((float)learningRate);
  for (size_t i = 0; i < rows; i++, gradients += ldGradients / 4) {
    if (positions && i + AHEAD < rows) prefetchRow(weights + positions[i + AHEAD] * cols, cols);
    descend(weights + rowOf(positions, i) * cols, gradients, cols, rate);
  }
}

static void adagrad(float* weights, float* state, const float* gradients, size_t ldGradients, const uint32_t* positions,
                    size_t rows, size_t cols, double learningRate, double epsilon) {
  const V rate = splat((float)learningRate), floor = splat((float)epsilon);
  for (size_t i = 0; i < rows; i++, gradients += ldGradients / 4) {
    if (positions && i + AHEAD < rows) {
      prefetchRow(weights + positions[i + AHEAD] * cols, cols);
      prefetchRow(state + positions[i + AHEAD] * cols, cols);
    }
    const size_t row = rowOf(positions, i) * cols;
    for (size_t j = 0; j < cols; j += W) {
      const size_t n = cols - j;
      const V g = load(gradients + j, n), squares = add(load(state + row + j, n), mul(g, g));
      store(state + row + j, squares, n);
      store(weights + row + j, sub(load(weights + row + j, n), div(mul(rate, g), add(root(squares), floor))), n);
    }
  }
}

static void rowwiseAdagrad(float* weights, float* state, const float* gradients, size_t ldGradients,
                           const uint32_t* positions, size_t rows, size_t cols, double learningRate, double epsilon) {
  for (size_t i = 0; i < rows; i++, gradients += ldGradients / 4) {
    if (positions && i + AHEAD < rows) {
      prefetchRow(weights + positions[i + AHEAD] * cols, cols);
      __builtin_prefetch(state + positions[i + AHEAD], 1);
    }
    const size_t row = rowOf(positions, i);
    double squares = 0;
    for (size_t j = 0; j < cols; j++) squares += (double)gradients[j] * (double)gradients[j];
    state[row] = (float)((double)state[row] + squares / (double)cols);
    const double step = learningRate / (sqrt((double)state[row]) + epsilon);
    descend(weights + row * cols, gradients, cols, splat((float)step));
  }
}

static void fill(float* to, size_t ld, size_t rows, size_t cols, double value) {
  const V values = splat((float)value);
  for (size_t i = 0; i < rows; i++, to += ld / 4) {
    for (size_t j = 0; j < cols; j += W) store(to + j, values, cols - j);
  }
}

// `c = a * b`, element by element.
static void multiply(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t rows,
                     size_t cols) {
  for (size_t i = 0; i < rows; i++, a += lda / 4, b += ldb / 4, c += ldc / 4) {
    for (size_t j = 0; j < cols; j += W) store(c + j, mul(load(a + j, cols - j), load(b + j, cols - j)), cols - j);
  }
}

// Whether `count` numbers are finite.
static double allFinite(const float* from, size_t count) {
  for (size_t i = 0; i < count; i += W) {
    if (anyNotFinite(load(from + i, count - i))) return 0;
  }
  return 1;
}

}  // namespace
