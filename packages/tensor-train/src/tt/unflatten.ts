import { error } from '../error.ts';
import { exponentOf, largestOf, scaleInPlace } from '../linear-algebra/powers-of-two.ts';
import { type FlatTT, type InFloat64, isMatrix, swapOuter, type TT } from './flat-tt.ts';
import { type TTMatrix, ttMatrixOf } from './tt-matrix.ts';
import { tensorOver, type TTTensor } from './tt-tensor.ts';

/** Largest exponent in a core: sums of a few thousand such entries are still finite. */
const MOST_EXPONENT = 1010;

/**
 * Multiplies 2^exponent into the cores: into core `at`, which holds the norm where the others are orthogonal, as far as
 * float64 allows, and into the others in equal parts.
 *
 * @throws `tensor-train/too-large` if all cores together cannot hold it
 */
function absorbExponent(tt: FlatTT, at: number): FlatTT {
  const { modes, ranks, exponent } = tt;
  if (exponent === 0) return tt;
  const cores = tt.cores.map((core) => core.slice());
  const own = Math.max(-MOST_EXPONENT, exponentOf(largestOf(cores[at]!)));
  const others = cores.length - 1;
  const fits = Math.max(-MOST_EXPONENT - own, Math.min(MOST_EXPONENT - own, exponent));
  const here = others === 0 ? exponent : fits;
  scaleInPlace(cores[at]!, here);
  const part = (count: number) => Math.round(((exponent - here) * count) / others);
  cores.forEach((core, k) => {
    const before = k > at ? k - 1 : k;
    if (k !== at) scaleInPlace(core, part(before + 1) - part(before));
  });
  if (cores.some((core) => Number.isNaN(largestOf(core)))) {
    throw error('too-large', {
      subject: 'result',
      rule: 'must fit the range of float64 core by core',
      got: `a norm near 2^${exponent + own}`,
    });
  }
  return { modes, ranks, cores, exponent: 0 };
}

/**
 * Turns a flat TT into one of the kind and factors of `like`, whose modes must be the same.
 *
 * @param at the core that takes the exponent
 */
export function unflatten<T extends TT>(tt: FlatTT, like: T, at = 0): InFloat64<T> {
  const result = isMatrix(like)
    ? matrixOf(tt, like.shape.rowShape, like.shape.colShape, at)
    : tensorOf(tt, at);
  return result as InFloat64<T>;
}

export function tensorOf(tt: FlatTT, at = 0): TTTensor<Float64Array> {
  const { modes, ranks, cores } = absorbExponent(tt, at);
  return tensorOver(modes, ranks, cores);
}

/** Splits each mode n_k = p_k q_k again and stores cores as `[p_k][r_k][q_k][r_{k+1}]`. */
export function matrixOf(
  tt: FlatTT,
  rowShape: readonly number[],
  colShape: readonly number[],
  at = 0,
): TTMatrix<Float64Array> {
  const { ranks, cores } = absorbExponent(tt, at);
  const data = cores.map((core, k) => {
    return swapOuter(core, [ranks[k]!, rowShape[k]!, colShape[k]! * ranks[k + 1]!]);
  });
  return ttMatrixOf({ rowShape, colShape, ranks }, data);
}
