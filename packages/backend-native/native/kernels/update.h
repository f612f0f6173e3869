// What goes before an optimizer step, and the steps of Adam and FTRL. Strides in bytes; positions 0 are those of all rows.
#pragma once
#include "elementwise.h"

namespace {

static double meanSquare(const float* g, size_t cols) {
  double squares = 0;
  for (size_t j = 0; j < cols; j++) squares += (double)g[j] * (double)g[j];
  return squares / (double)cols;
}

// [m | v]: `rate` is that of the step by its correction of m, `correction` that of v; with `rowwise`, one v a row.
static void adam(float* weights, float* state, const float* gradients, size_t ldGradients, const uint32_t* positions,
                 size_t rows, size_t cols, bool rowwise, double beta1, double beta2, double rate, double correction,
                 double epsilon) {
  const size_t width = rowwise ? cols + 1 : 2 * cols;
  const V keep1 = splat((float)beta1), take1 = splat((float)(1 - beta1));
  const V keep2 = splat((float)beta2), take2 = splat((float)(1 - beta2));
  const V share = splat((float)correction), floor = splat((float)epsilon), step = splat((float)rate);
  for (size_t i = 0; i < rows; i++, gradients += ldGradients / 4) {
    if (positions && i + AHEAD < rows) {
      prefetchRow(weights + positions[i + AHEAD] * cols, cols);
      prefetchRow(state + positions[i + AHEAD] * width, width);
    }
    const size_t row = rowOf(positions, i);
    float* w = weights + row * cols;
    float* m = state + row * width;
    float* v = m + cols;
    V divisor = floor;
    if (rowwise) {
      *v = (float)(beta2 * (double)*v + (1 - beta2) * meanSquare(gradients, cols));
      divisor = splat((float)(sqrt((double)*v / correction) + epsilon));
    }
    for (size_t j = 0; j < cols; j += W) {
      const size_t n = cols - j;
      const V g = load(gradients + j, n);
      if (!rowwise) {
        const V square = add(mul(keep2, load(v + j, n)), mul(take2, mul(g, g)));
        store(v + j, square, n);
        divisor = add(root(div(square, share)), floor);
      }
      const V moment = add(mul(keep1, load(m + j, n)), mul(take1, g));
      store(m + j, moment, n);
      store(w + j, sub(load(w + j, n), div(mul(step, moment), divisor)), n);
    }
  }
}

// [z | n], in float64.
static void ftrl(float* weights, float* state, const float* gradients, size_t ldGradients, const uint32_t* positions,
                 size_t rows, size_t cols, double learningRate, double epsilon, double l1, double l2) {
  for (size_t i = 0; i < rows; i++, gradients += ldGradients / 4) {
    const size_t row = rowOf(positions, i);
    float* w = weights + row * cols;
    float* z = state + row * 2 * cols;
    float* n = z + cols;
    for (size_t j = 0; j < cols; j++) {
      const double g = gradients[j], before = sqrt((double)n[j]);
      n[j] = (float)((double)n[j] + g * g);
      const double after = sqrt((double)n[j]);
      z[j] = (float)((double)z[j] + g - ((after - before) / learningRate) * (double)w[j]);
      const double over = fabs((double)z[j]) - l1, divisor = (epsilon + after) / learningRate + l2;
      w[j] = over <= 0 ? 0 : (float)((z[j] > 0 ? -over : over) / divisor);
    }
  }
}

// Steps are counted modulo what float32 holds exactly.
constexpr double STEPS = 16777216;

// A NaN stays one.
TTREC_INLINE double leastOf(double x, double bound) { return x > bound ? bound : x; }

static float clipScale(const float* squares, size_t parts, double norm) {
  double sum = 0;
  for (size_t i = 0; i < parts; i++) sum += (double)squares[i];
  return (float)leastOf(norm / (sqrt(sum) + 1e-6), 1);
}

// `squares`, `l2` and `lastStep` 0 stand for none; `share` bounds the share of the weights that is added.
static void regularize(float* weights, float* gradients, size_t ldGradients, const uint32_t* positions, size_t rows,
                       size_t cols, double l2, double share, double kept, float* lastStep, double step,
                       const float* squares, size_t parts, double norm) {
  const V scale = splat(squares ? clipScale(squares, parts, norm) : 1), keep = splat((float)kept);
  for (size_t i = 0; i < rows; i++, gradients += ldGradients / 4) {
    const size_t row = rowOf(positions, i);
    double steps = 1;
    if (lastStep) {
      steps = step - (double)lastStep[row];
      if (steps < 0) steps += STEPS;
      lastStep[row] = (float)step;
    }
    const V pull = splat((float)leastOf(l2 * steps, share));
    float* w = weights + row * cols;
    for (size_t j = 0; j < cols; j += W) {
      const size_t n = cols - j;
      const V weight = load(w + j, n);
      V g = load(gradients + j, n);
      if (squares) g = mul(g, scale);
      if (l2 != 0) g = add(g, mul(pull, weight));
      store(gradients + j, g, n);
      if ((float)kept != 1) store(w + j, mul(weight, keep), n);
    }
  }
}

// In float64, row by row.
static void sumOfSquares(const float* a, size_t lda, size_t rows, size_t cols, float* out) {
  double sum = 0;
  for (size_t i = 0; i < rows; i++, a += lda / 4) {
    for (size_t j = 0; j < cols; j++) sum += (double)a[j] * (double)a[j];
  }
  *out = (float)sum;
}

// `c = alpha * a + beta * b`; c may be a or b.
static void addScaled(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t rows,
                      size_t cols, double alpha, double beta) {
  const V left = splat((float)alpha), right = splat((float)beta);
  for (size_t i = 0; i < rows; i++, a += lda / 4, b += ldb / 4, c += ldc / 4) {
    for (size_t j = 0; j < cols; j += W) {
      const size_t n = cols - j;
      store(c + j, add(mul(left, load(a + j, n)), mul(right, load(b + j, n))), n);
    }
  }
}

}  // namespace
