// Products and copies of arrays of JavaScript, without a machine.
#pragma once
#include "engines.h"

namespace {

size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Longest sum in one go; longer ones are added up block by block.
constexpr size_t MOST_TERMS = 8192;
// Positions in the tables of kernels and questions.
constexpr int MATMUL = 0, ADD_BLOCKS = 11, COPY_ROWS = 23, MATMUL_WORKSPACE = 0;

double addressOf(const void* at) { return (double)(uintptr_t)at; }

// product(engine, a, b, out, m, n, k, transposeA, transposeB): of typed arrays where they are.
napi_value product(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  const KernelTable* const table = tableOf(args.number(0));
  size_t bytes = 0;
  const float* const a = (const float*)args.array(1, &bytes);
  const float* const b = (const float*)args.array(2, &bytes);
  float* const out = (float*)args.array(3, &bytes);
  const size_t m = args.size(4), n = args.size(5), k = args.size(6);
  bool transposeA = false, transposeB = false;
  napi_get_value_bool(env, args.values[7], &transposeA);
  napi_get_value_bool(env, args.values[8], &transposeB);
  if (!table || m == 0 || n == 0) return nullptr;
  if (k == 0) {
    memset(out, 0, 4 * m * n);
    return nullptr;
  }
  const double extents[3] = {(double)m, (double)least(k, MOST_TERMS), (double)n};
  const size_t room = (size_t)table->questions[MATMUL_WORKSPACE](extents);
  char* const work = (char*)malloc(room + (k > MOST_TERMS ? 4 * m * n : 0));
  if (!work) return noMemory(env);
  for (size_t l = 0; l < k; l += MOST_TERMS) {
    const size_t terms = least(k - l, MOST_TERMS);
    float* const to = l == 0 ? out : (float*)(work + room);
    const double call[16] = {
        addressOf(transposeA ? a + l * m : a + l), 4.0 * (double)(transposeA ? m : k), (double)transposeA,
        addressOf(transposeB ? b + l : b + l * n), 4.0 * (double)(transposeB ? k : n), (double)transposeB,
        addressOf(to), 4.0 * (double)n, (double)m, (double)terms, (double)n, 0, 0, addressOf(work), 0, 0};
    table->kernels[MATMUL](call);
    const double sum[5] = {addressOf(out), addressOf(to), 0, 1, (double)(m * n)};
    if (l > 0) table->kernels[ADD_BLOCKS](sum);
  }
  free(work);
  return nullptr;
}

// swapAxes(engine, from, to, blocks, rows, pieces, length): [rows][pieces][length] to [pieces][rows][length] in every block.
napi_value swapAxes(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  const KernelTable* const table = tableOf(args.number(0));
  size_t bytes = 0;
  const float* const from = (const float*)args.array(1, &bytes);
  float* const to = (float*)args.array(2, &bytes);
  const size_t blocks = args.size(3), rows = args.size(4), pieces = args.size(5), length = args.size(6);
  for (size_t i = 0; table && i < blocks * pieces; i++) {
    const size_t block = i / pieces * rows * pieces * length, piece = i % pieces;
    const double call[6] = {addressOf(from + block + piece * length), 4.0 * (double)(pieces * length),
                            addressOf(to + block + piece * rows * length), 4.0 * (double)length, (double)rows,
                            (double)length};
    table->kernels[COPY_ROWS](call);
  }
  return nullptr;
}

}  // namespace
