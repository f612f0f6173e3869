import ndarray, { type NdArray } from 'ndarray';
import { checkFactors, checkInteger } from '../check.ts';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';
import { checkCores } from './check-cores.ts';

/**
 * A tensor of d modes as d TT-cores. Its entry at i_1 … i_d is the 1 x 1 product G_1[:, i_1, :] … G_d[:, i_d, :].
 *
 * Oseledets, "Tensor-Train Decomposition", SIAM J. Sci. Comput. 33, 2011, equation (1.3).
 */
export interface TTTensor<T extends FloatArray = FloatArray> {
  /** n_k, [d]. */
  readonly modes: readonly number[];
  /** r_k, [d + 1], both ends 1. */
  readonly ranks: readonly number[];
  /** Core k is `[r_k][n_k][r_{k+1}]`. */
  readonly cores: readonly NdArray<T>[];
}

/**
 * A TT-tensor of the given cores, of any strides. They are kept, not copied. O(d).
 *
 * @param cores core k `[r_k][n_k][r_{k+1}]`, float32 or float64
 * @throws `tensor-train/bad-cores` (no core, or of the wrong dimensions or type), `tensor-train/bad-ranks` (neighbours
 *   that do not fit, ends that are not 1), `tensor-train/bad-factors` (an empty core)
 */
export function ttTensor<T extends FloatArray>(cores: readonly NdArray<T>[]): TTTensor<T> {
  checkCores(cores, '[r_k][n_k][r_{k+1}]', 0);
  cores.forEach((core, k) => {
    checkInteger('bad-ranks', `cores[${k}]: right rank`, core.shape[2]!);
  });
  const modes = cores.map((core) => core.shape[1]!);
  checkFactors('modes', modes);
  const ranks = [1, ...cores.map((core) => core.shape[2]!)];
  if (ranks.at(-1) !== 1)
    throw error('bad-ranks', { subject: 'ranks', rule: 'must be 1 at both ends', got: ranks });
  return { modes, ranks, cores };
}

/** Views flat row-major cores, [r_k][n_k][r_{k+1}], without checking them. */
export function tensorOver<T extends FloatArray>(
  modes: readonly number[],
  ranks: readonly number[],
  data: readonly T[],
): TTTensor<T> {
  return { modes, ranks, cores: data.map((core, k) => ndarray(core, [ranks[k]!, modes[k]!, ranks[k + 1]!])) };
}
