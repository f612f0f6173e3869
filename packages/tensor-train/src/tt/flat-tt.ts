import { checkTT } from '../check-arguments.ts';
import { error } from '../error.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import type { FloatArray } from '../linear-algebra/matmul.ts';
import {
  exponentOf,
  largestOf,
  SAFE_EXPONENT,
  scaleInPlace,
  timesPowerOfTwo,
} from '../linear-algebra/powers-of-two.ts';
import type { Factors, TTShape } from '../shapes/tt-shape.ts';
import { ttMatrixOf, type TTMatrix } from './tt-matrix.ts';
import { tensorOver, type TTTensor } from './tt-tensor.ts';

/** What most functions take: a TT-matrix or a TT-tensor. */
export type TT = TTMatrix | TTTensor;

/** The same kind of TT with cores in float64, which is what functions return. */
export type InFloat64<T extends TT> = T extends TTMatrix ? TTMatrix<Float64Array> : TTTensor<Float64Array>;

/**
 * The form that the algorithms work on: 2^exponent times the TT of flat float64 cores, row-major
 * `[ranks[k]][modes[k]][ranks[k + 1]]`. A TT-matrix becomes a TT-tensor over its combined modes (i_k, j_k), n_k = p_k q_k.
 */
export interface FlatTT {
  readonly modes: readonly number[];
  readonly ranks: readonly number[];
  readonly cores: readonly Float64Array[];
  readonly exponent: number;
}

export function isMatrix(tt: TT): tt is TTMatrix {
  return 'shape' in tt;
}

/** Copies the cores of either kind as they are; the exponent is 0. O(parameters). */
export function flatten(tt: TT): FlatTT {
  if (!isMatrix(tt))
    return { modes: tt.modes, ranks: tt.ranks, cores: tt.cores.map(contiguous), exponent: 0 };
  const cores = tt.cores.map((core) => contiguous(core.transpose(1, 0, 2, 3)));
  return { modes: combinedModes(tt.shape), ranks: tt.shape.ranks, cores, exponent: 0 };
}

/**
 * `flatten` for flat row-major cores `[p_k][r_k][q_k][r_{k+1}]`. It makes no views of them: ndarray compiles its views at
 * run time, which a page's content security policy may forbid. O(parameters).
 */
export function flattenCores(shape: TTShape, cores: readonly Float64Array[]): FlatTT {
  const { rowShape, colShape, ranks } = shape;
  const swapped = cores.map((core, k) =>
    swapOuter(core, [rowShape[k]!, ranks[k]!, colShape[k]! * ranks[k + 1]!]),
  );
  return { modes: combinedModes(shape), ranks, cores: swapped, exponent: 0 };
}

/** n_k = p_k q_k, [d]. */
export function combinedModes({ rowShape, colShape }: Factors): number[] {
  return rowShape.map((p, k) => p * colShape[k]!);
}

/**
 * The same TT with its scale in the exponent, and every column of every left unfolding `[r_k n_k][r_{k+1}]` near 1: its
 * largest entry in [1, 2), or zeros. What one core multiplies by 1e300 and the next by 1e-300, for all or for some of
 * the rank indices between them, then neither overflows nor vanishes. Exact but for entries below 1e-300 of the largest.
 * O(parameters).
 *
 * @throws `tensor-train/not-finite`
 */
export function balance({ modes, ranks, cores, exponent }: FlatTT): FlatTT {
  // By what power of two each left index is yet to be multiplied.
  let owed: number[] = [exponent];
  const balanced = cores.map((core, k) => {
    if (Number.isNaN(largestOf(core))) {
      const at = core.findIndex((value) => !Number.isFinite(value));
      throw error('not-finite', { subject: `cores[${k}]`, rule: 'must hold finite numbers', got: core[at] });
    }
    const [mode, right] = [modes[k]!, ranks[k + 1]!];
    const columns = columnExponents(core, right, owed, mode);
    const out = new Float64Array(core.length);
    core.forEach((value, at) => {
      const power = owed[Math.floor(at / (mode * right))]!;
      // What meets only zeros on its left is zero.
      if (value !== 0 && power !== -Infinity) out[at] = timesPowerOfTwo(value, power - columns[at % right]!);
    });
    owed = columns;
    return out;
  });
  return { modes, ranks, cores: balanced, exponent: owed[0] === -Infinity ? 0 : owed[0]! };
}

/**
 * A TT whose cores can be multiplied one after another: as it is if no product of entries, nor a sum of such products,
 * comes near an end of float64; else balanced.
 *
 * @throws `tensor-train/not-finite` where it has to be balanced
 */
export function inRange(tt: FlatTT): FlatTT {
  let [lowest, highest] = [0, 0];
  const isSafe = tt.cores.every((core, k) => {
    const smallest = core.reduce((least, x) => (x === 0 ? least : Math.min(least, Math.abs(x))), Infinity);
    const [low, high] = [exponentOf(smallest), exponentOf(largestOf(core))];
    // Zeros and what is not finite make the same of all products.
    if (!Number.isFinite(low + high)) return true;
    lowest += low;
    highest += high + Math.log2(tt.ranks[k]!);
    return [low, high, lowest, highest].every((power) => Math.abs(power) <= SAFE_EXPONENT);
  });
  return isSafe ? tt : balance(tt);
}

/** The exponent of the largest entry of each column of [r n][columns], with what its rows are yet to be multiplied by. */
function columnExponents(core: Float64Array, right: number, owed: readonly number[], mode: number): number[] {
  const exponents = new Array<number>(right).fill(-Infinity);
  owed.forEach((power, left) => {
    for (let b = 0; b < right; b++) {
      let largest = 0;
      for (let i = 0; i < mode; i++)
        largest = Math.max(largest, Math.abs(core[(left * mode + i) * right + b]!));
      exponents[b] = Math.max(exponents[b]!, exponentOf(largest) + power);
    }
  });
  return exponents;
}

/** Largest exponent of an entry that is left where it is: the sums of a few thousand of them are still finite. */
const MOST_EXPONENT = 1010;

/**
 * Multiplies the exponent into the cores: into core `at`, which holds the norm when the others are orthogonal, as far as
 * float64 goes, and what is left into the others in equal parts.
 *
 * @throws `tensor-train/too-large` when all cores together cannot hold it
 */
export function absorbExponent(tt: FlatTT, at: number): FlatTT {
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

/** [a][b][inner] as [b][a][inner]. */
function swapOuter(core: Float64Array, [a, b, inner]: readonly [number, number, number]): Float64Array {
  const out = new Float64Array(core.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * inner;
      out.set(core.subarray(from, from + inner), (j * a + i) * inner);
    }
  }
  return out;
}

/**
 * Gives a flat TT the kind and the factors of `like`; its modes must be those of `like`.
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

/** Exponents that float32 holds without loss, some way from its ends at 2^-126 and 2^128. */
const FLOAT32_EXPONENT = 100;

/**
 * The same TT with cores in float32, ready for an embedding table. Cores too large or too small for float32 give powers
 * of two to the others. O(parameters).
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/not-float32` when even equal cores would be too large or too small
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
