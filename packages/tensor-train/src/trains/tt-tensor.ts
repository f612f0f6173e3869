import ndarray, { type NdArray } from 'ndarray';
import { checkFactors, checkInteger } from '../check.ts';
import { error } from '../error.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import type { FloatArray } from '../linear-algebra/matmul.ts';

/**
 * A tensor of d modes as a train: its entry at i_1 … i_d is the 1 x 1 product G_1[:, i_1, :] … G_d[:, i_d, :].
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
 * Puts cores together. They are kept, not copied; any strides will do. O(d).
 *
 * @param cores core k `[r_k][n_k][r_{k+1}]`, float32 or float64
 * @throws `tensor-train/bad-cores` (none, or of the wrong dimension or type), `tensor-train/bad-ranks` (neighbours
 *   that do not fit, ends that are not 1), `tensor-train/bad-factors` (an empty core)
 */
export function ttTensor<T extends FloatArray>(cores: readonly NdArray<T>[]): TTTensor<T> {
  if (cores.length === 0)
    throw error('bad-cores', { subject: 'cores', rule: 'must hold at least one core', got: 0 });
  cores.forEach((core, k) => {
    const subject = `cores[${k}]`;
    if (core.shape.length !== 3) {
      throw error('bad-cores', {
        subject,
        rule: 'must have the dimensions [r_k][n_k][r_{k+1}]',
        got: core.shape,
      });
    }
    if (core.dtype !== 'float32' && core.dtype !== 'float64') {
      throw error('bad-cores', { subject, rule: 'must be float32 or float64', got: core.dtype });
    }
    const left = k === 0 ? 1 : cores[k - 1]!.shape[2]!;
    if (core.shape[0] !== left) {
      const rule =
        k === 0
          ? 'must have left rank 1'
          : `must have the right rank of cores[${k - 1}], ${left}, as left rank`;
      throw error('bad-ranks', { subject, rule, got: core.shape[0] });
    }
    checkInteger('bad-ranks', `${subject}: right rank`, core.shape[2]!);
  });
  const modes = cores.map((core) => core.shape[1]!);
  checkFactors('modes', modes);
  const ranks = [1, ...cores.map((core) => core.shape[2]!)];
  if (ranks.at(-1) !== 1)
    throw error('bad-ranks', { subject: 'ranks', rule: 'must be 1 at both ends', got: ranks });
  return { modes, ranks, cores };
}

/**
 * One entry, in float64. O(sum over k of r_k r_{k+1}).
 *
 * @param index i_k, [d]
 * @throws `tensor-train/index-out-of-range`
 */
export function entry(tt: TTTensor, index: readonly number[]): number {
  if (index.length !== tt.modes.length) {
    throw error('index-out-of-range', {
      subject: 'index',
      rule: `must name ${tt.modes.length} modes`,
      got: index,
    });
  }
  let value: Float64Array = Float64Array.of(1);
  tt.cores.forEach((core, k) => {
    checkInteger('index-out-of-range', `index[${k}]`, index[k]!, 0, tt.modes[k]! - 1);
    const right = tt.ranks[k + 1]!;
    const slice = contiguous(core.pick(null, index[k]!, null));
    const next = new Float64Array(right);
    for (let a = 0; a < value.length; a++) {
      for (let b = 0; b < right; b++) next[b]! += value[a]! * slice[a * right + b]!;
    }
    value = next;
  });
  return value[0]!;
}

/** Views flat row-major cores, [r_k][n_k][r_{k+1}], without checking them. */
export function tensorOver<T extends FloatArray>(
  modes: readonly number[],
  ranks: readonly number[],
  data: readonly T[],
): TTTensor<T> {
  return { modes, ranks, cores: data.map((core, k) => ndarray(core, [ranks[k]!, modes[k]!, ranks[k + 1]!])) };
}
