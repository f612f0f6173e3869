// Products of all pairs of the feature vectors of an example, and their gradient. One example at a time, in cache.
#pragma once
#include "pack.h"
#include "rows.h"

namespace {

TTREC_INLINE size_t padded(size_t n) { return (n + 15) / 16 * 16; }

// Bytes of working memory for F features of D numbers, forward or backward.
static size_t dotInteractionWorkspace(size_t features, size_t dim) {
  return 4 * (padded(features) * (features + dim)) + 64;
}

// `out` row: the first feature if `passThrough`, then the lower triangle of X·Xᵀ, with its diagonal if `self`.
static void dotInteraction(const float* x, size_t ldX, size_t examples, size_t features, size_t dim, size_t self,
                           bool passThrough, float* out, size_t ldOut, float* work) {
  const size_t ld = padded(features);
  float* products = work + dim * ld;
  const Strided<float> sums = {products, ld};
  for (size_t example = 0; example < examples; example++, x += ldX / 4, out += ldOut / 4) {
    transpose(x, dim, features, dim, work, ld);
    for (size_t i = 0; i < features; i += OPEN_ROWS) {
      const size_t height = least(OPEN_ROWS, features - i);
      const Strided<const float> from = {x + i * dim, dim};
      const Strided<float> to = {sums.start + i * ld, ld};
      // Whole vectors: what lies past the triangle is noise within the working memory.
      rows(from, height, work, ld, dim, to, least(ld, (i + height + W - 1) / W * W), false);
    }
    float* to = out;
    if (passThrough) {
      copyLines(x, 0, 1, dim, to, 0);
      to += dim;
    }
    for (size_t i = 0; i < features; i++) {
      const size_t pairs = i + self;
      copyLines(products + i * ld, 0, 1, pairs, to, 0);
      to += pairs;
    }
  }
}

// The symmetric matrix of the pairs' gradients (a self-pair counts twice), 4 x 4 numbers at a time.
static void symmetricGradients(const float* gradOut, size_t features, size_t self, float* s, size_t ld) {
  for (size_t i = 0; i < features; i++) {
    float* row = s + i * ld;
    copyLines(gradOut, 0, 1, i, row, 0);
    row[i] = self ? 2 * gradOut[i] : 0;
    gradOut += i + self;
  }
  for (size_t i = 0; i < features; i += 4) {
    if (i + 4 > features) {
      for (size_t r = i; r < features; r++) for (size_t j = 0; j < r; j++) s[j * ld + r] = s[r * ld + j];
      return;
    }
    for (size_t j = 0; j < i; j += 4) {
      const float* from = s + i * ld + j;
      F4 a = load4(from), b = load4(from + ld), c = load4(from + 2 * ld), d = load4(from + 3 * ld);
      transpose4(a, b, c, d);
      float* to = s + j * ld + i;
      store4(to, a);
      store4(to + ld, b);
      store4(to + 2 * ld, c);
      store4(to + 3 * ld, d);
    }
    for (size_t r = i + 1; r < i + 4; r++) for (size_t j = i; j < r; j++) s[j * ld + r] = s[r * ld + j];
  }
}

// With S that matrix: gradX = S · X.
static void dotInteractionBackward(const float* x, size_t ldX, size_t examples, size_t features, size_t dim, size_t self,
                                   bool passThrough, const float* gradOut, size_t ldOut, float* gradX, size_t ldGradX,
                                   float* work) {
  const size_t ld = padded(features);
  for (size_t example = 0; example < examples; example++) {
    symmetricGradients(passThrough ? gradOut + dim : gradOut, features, self, work, ld);
    matrixRows(work, ld, x, dim, gradX, dim, features, features, dim, false);
    for (size_t j = 0; passThrough && j < dim; j += W) {
      store(gradX + j, add(load(gradX + j, dim - j), load(gradOut + j, dim - j)), dim - j);
    }
    x += ldX / 4, gradOut += ldOut / 4, gradX += ldGradX / 4;
  }
}

}  // namespace
