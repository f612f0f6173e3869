import { checkTT } from '../check.ts';
import { error } from '../error.ts';
import type { FloatArray } from '../float-array.ts';
import { exponentOf, largestOf, scaleInPlace } from '../linear-algebra/powers-of-two.ts';
import { isMatrix, type TT } from './flat-tt.ts';
import { type TTMatrix, ttMatrixOf } from './tt-matrix.ts';
import { tensorOver, type TTTensor } from './tt-tensor.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';

/** Largest exponent left in a core: float32 ends at 2^-126 and 2^128. */
const FLOAT32_EXPONENT = 100;

/**
 * The same TT with cores in float32, as embedding tables store them. Where a core is too large or too small for
 * float32, powers of two are moved to the others. O(parameters).
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/not-float32` if cores of equal size would not fit float32 either
 */
export function toFloat32<T extends TT>(
  tt: T,
): T extends TTMatrix ? TTMatrix<Float32Array> : TTTensor<Float32Array> {
  checkTT('tt', tt);
  const exact = tt.cores.map(contiguous);
  const exponents = exact.map((core) => exponentOf(largestOf(core)));
  const total = exponents.reduce((sum, e) => sum + e, 0);
  const d = exact.length;
  if (total === -Infinity) for (const core of exact) core.fill(0);
  else if (exponents.some((e) => Math.abs(e) > FLOAT32_EXPONENT)) {
    if (Math.abs(total / d) > FLOAT32_EXPONENT) {
      const got = `numbers near 2^${Math.round(total / d)} in each`;
      throw error('not-float32', { subject: 'cores', rule: 'must fit the range of float32', got });
    }
    const part = (count: number) => Math.round((total * count) / d);
    exact.forEach((core, k) => scaleInPlace(core, part(k + 1) - part(k) - exponents[k]!));
  }
  const cores: FloatArray[] = exact.map((core) => Float32Array.from(core));
  const result = isMatrix(tt) ? ttMatrixOf(tt.shape, cores) : tensorOver(tt.modes, tt.ranks, cores);
  return result as T extends TTMatrix ? TTMatrix<Float32Array> : TTTensor<Float32Array>;
}
