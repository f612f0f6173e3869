import { contiguous } from '../linear-algebra/contiguous.ts';
import type { Factors, TTShape } from '../shapes/tt-shape.ts';
import type { TTMatrix } from './tt-matrix.ts';
import type { TTTensor } from './tt-tensor.ts';

/** A TT-matrix or a TT-tensor. */
export type TT = TTMatrix | TTTensor;

/** The same kind of TT with cores in float64. */
export type InFloat64<T extends TT> = T extends TTMatrix ? TTMatrix<Float64Array> : TTTensor<Float64Array>;

/**
 * The working form of a TT: 2^exponent times the TT of flat float64 cores `[ranks[k]][modes[k]][ranks[k + 1]]`,
 * row-major. A TT-matrix becomes a TT-tensor over its combined modes (i_k, j_k), n_k = p_k q_k.
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

/** Copies the cores of a TT, with the exponent 0. O(parameters). */
export function flatten(tt: TT): FlatTT {
  if (!isMatrix(tt))
    return { modes: tt.modes, ranks: tt.ranks, cores: tt.cores.map(contiguous), exponent: 0 };
  const cores = tt.cores.map((core) => contiguous(core.transpose(1, 0, 2, 3)));
  return { modes: combinedModes(tt.shape), ranks: tt.shape.ranks, cores, exponent: 0 };
}

/**
 * `flatten` for flat row-major cores `[p_k][r_k][q_k][r_{k+1}]`, without ndarray, which compiles its views at run time:
 * the content security policy of a page may forbid that. O(parameters).
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

/** [a][b][inner] as [b][a][inner]. */
export function swapOuter(
  core: Float64Array,
  [a, b, inner]: readonly [number, number, number],
): Float64Array {
  const out = new Float64Array(core.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * inner;
      out.set(core.subarray(from, from + inner), (j * a + i) * inner);
    }
  }
  return out;
}
