import { counted } from '@ttrec/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkNumbers, isList } from '../check.ts';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';
import { checkShape, coreLengths, type TTShape } from '../shapes/tt-shape.ts';
import { checkCores } from './check-cores.ts';

/**
 * A matrix of prod p_k rows and prod q_k columns as d TT-cores. Its entry in the row with digits i_1 … i_d and
 * the column with digits j_1 … j_d is the 1 x 1 product G_1[i_1, :, j_1, :] … G_d[i_d, :, j_d, :].
 *
 * Oseledets, "Tensor-Train Decomposition", SIAM J. Sci. Comput. 33, 2011; matrices in its §4.3.
 */
export interface TTMatrix<T extends FloatArray = FloatArray> {
  readonly shape: TTShape;
  /** Core k is `[p_k][r_k][q_k][r_{k+1}]`. */
  readonly cores: readonly NdArray<T>[];
}

/**
 * A TT-matrix of the given cores, of any strides. They are kept, not copied. O(d).
 *
 * @param cores core k `[p_k][r_k][q_k][r_{k+1}]`, float32 or float64
 * @throws `tensor-train/bad-cores` (no core, or of the wrong dimensions or type), `tensor-train/bad-ranks` (neighbours
 *   that do not fit, ends that are not 1), `tensor-train/bad-factors` (an empty core)
 */
export function ttMatrix<T extends FloatArray>(cores: readonly NdArray<T>[]): TTMatrix<T> {
  checkCores(cores, '[p_k][r_k][q_k][r_{k+1}]', 1);
  const shape = {
    rowShape: cores.map((core) => core.shape[0]!),
    colShape: cores.map((core) => core.shape[2]!),
    ranks: [1, ...cores.map((core) => core.shape[3]!)],
  };
  checkShape(shape);
  return { shape, cores };
}

/**
 * A TT-matrix over flat row-major cores, which are kept, not copied. O(d).
 *
 * @param data core k as p_k r_k q_k r_{k+1} numbers
 * @throws `tensor-train/bad-cores`, `bad-ranks`, `bad-factors`
 */
export function ttMatrixOf<T extends FloatArray>(shape: TTShape, data: readonly T[]): TTMatrix<T> {
  checkShape(shape);
  const lengths = coreLengths(shape);
  if (!isList(data) || data.length !== lengths.length) {
    throw error('bad-cores', {
      subject: 'cores',
      rule: `must be ${lengths.length}, as many as the shape has`,
      got: isList(data) ? data.length : data,
    });
  }
  const { rowShape, colShape, ranks } = shape;
  const cores = data.map((values, k) => {
    checkNumbers(`cores[${k}]`, values);
    if (values.length !== lengths[k]) {
      throw error('bad-cores', {
        subject: `cores[${k}]`,
        rule: `must hold ${counted(lengths[k]!, 'number')}`,
        got: values.length,
      });
    }
    return ndarray(values, [rowShape[k]!, ranks[k]!, colShape[k]!, ranks[k + 1]!]);
  });
  return { shape, cores };
}
