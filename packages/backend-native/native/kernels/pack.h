// Rearranging operands so that what one step of a product reads lies together.
#pragma once

namespace {

// `to` [cols, rows] from `from` [rows, cols]; line p of `to` begins at `to + p * step`.
static void transpose(const float* from, size_t ld, size_t rows, size_t cols, float* to, size_t step) {
  size_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const float* r = from + i * ld;
    size_t p = 0;
    for (; p + 4 <= cols; p += 4) {
      F4 a = load4(r + p), b = load4(r + ld + p), c = load4(r + 2 * ld + p), d = load4(r + 3 * ld + p);
      transpose4(a, b, c, d);
      float* t = to + p * step + i;
      store4(t, a);
      store4(t + step, b);
      store4(t + 2 * step, c);
      store4(t + 3 * step, d);
    }
    for (; p < cols; p++) {
      const F4 column = {r[p], r[ld + p], r[2 * ld + p], r[3 * ld + p]};
      store4(to + p * step + i, column);
    }
  }
  for (; i < rows; i++) {
    for (size_t p = 0; p < cols; p++) to[p * step + i] = from[i * ld + p];
  }
}

// Copies the first `count` numbers of every row; lines of `to` are `step` numbers apart.
TTREC_INLINE void copyLines(const float* from, size_t ld, size_t rows, size_t count, float* to, size_t step) {
  if (count == 4) {
    // A vector of which most is masked off would overlap its neighbours.
    for (size_t p = 0; p < rows; p++, from += ld, to += step) store4(to, load4(from));
    return;
  }
  for (size_t p = 0; p < rows; p++, from += ld, to += step) {
    size_t j = 0;
    for (; j + W <= count; j += W) store(to + j, load(from + j));
    if (j < count) store(to + j, load(from + j, count - j), count - j);
  }
}

// Copies the first `cols` numbers of every row. Strides in bytes, as they come from the host.
static void copyRows(const float* from, size_t ldFrom, float* to, size_t ldTo, size_t rows, size_t cols) {
  if (ldFrom == 4 * cols && ldTo == 4 * cols) memcpy(to, from, 4 * rows * cols);
  else copyLines(from, ldFrom / 4, rows, cols, to, ldTo / 4);
}

}  // namespace
