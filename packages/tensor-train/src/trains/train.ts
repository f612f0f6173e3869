import { contiguous } from '../linear-algebra/contiguous.ts';
import type { FloatArray } from '../linear-algebra/matmul.ts';
import type { TTShape } from '../shapes/tt-shape.ts';
import { ttMatrixOf, type TTMatrix } from './tt-matrix.ts';
import { tensorOver, type TTTensor } from './tt-tensor.ts';

/** What most functions take: both kinds of train. */
export type TensorTrain = TTMatrix | TTTensor;

/** The same kind of train with cores in float64, which is what functions return. */
export type InFloat64<T extends TensorTrain> = T extends TTMatrix
  ? TTMatrix<Float64Array>
  : TTTensor<Float64Array>;

/**
 * The form that the algorithms work on: flat float64 cores, row-major `[ranks[k]][modes[k]][ranks[k + 1]]`. A TT-matrix
 * becomes a train over its combined modes (i_k, j_k), n_k = p_k q_k.
 */
export interface Train {
  readonly modes: readonly number[];
  readonly ranks: readonly number[];
  readonly cores: readonly Float64Array[];
}

export function isMatrix(tt: TensorTrain): tt is TTMatrix {
  return 'shape' in tt;
}

/** Copies a tensor train of either kind into the working form. O(parameters). */
export function trainOf(tt: TensorTrain): Train {
  if (!isMatrix(tt)) return { modes: tt.modes, ranks: tt.ranks, cores: tt.cores.map(contiguous) };
  const { rowShape, colShape, ranks } = tt.shape;
  return {
    modes: rowShape.map((p, k) => p * colShape[k]!),
    ranks,
    cores: tt.cores.map((core) => contiguous(core.transpose(1, 0, 2, 3))),
  };
}

/**
 * The working form of flat row-major cores `[p_k][r_k][q_k][r_{k+1}]`, copied. For who needs no views of them: ndarray
 * compiles its views at run time, which a page's content security policy may forbid. O(parameters).
 */
export function trainOfCores({ rowShape, colShape, ranks }: TTShape, cores: readonly Float64Array[]): Train {
  return {
    modes: rowShape.map((p, k) => p * colShape[k]!),
    ranks,
    cores: cores.map((core, k) => {
      const [p, left, inner] = [rowShape[k]!, ranks[k]!, colShape[k]! * ranks[k + 1]!];
      return swapOuter(core, [p, left, inner]);
    }),
  };
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

/** Gives a train the kind and the factors of `like`; its modes must be those of `like`. */
export function trainLike<T extends TensorTrain>(train: Train, like: T): InFloat64<T> {
  const result = isMatrix(like) ? matrixOf(train, like.shape.rowShape, like.shape.colShape) : tensorOf(train);
  return result as InFloat64<T>;
}

export function tensorOf({ modes, ranks, cores }: Train): TTTensor<Float64Array> {
  return tensorOver(modes, ranks, cores);
}

/** Splits each mode n_k = p_k q_k again and stores cores as `[p_k][r_k][q_k][r_{k+1}]`. */
export function matrixOf(
  { ranks, cores }: Train,
  rowShape: readonly number[],
  colShape: readonly number[],
): TTMatrix<Float64Array> {
  const data = cores.map((core, k) => {
    return swapOuter(core, [ranks[k]!, rowShape[k]!, colShape[k]! * ranks[k + 1]!]);
  });
  return ttMatrixOf({ rowShape, colShape, ranks }, data);
}

/**
 * The same train with cores in float32, ready for an embedding table. O(parameters).
 */
export function toFloat32<T extends TensorTrain>(
  tt: T,
): T extends TTMatrix ? TTMatrix<Float32Array> : TTTensor<Float32Array> {
  const cores: FloatArray[] = tt.cores.map((core) => Float32Array.from(contiguous(core)));
  const result = isMatrix(tt) ? ttMatrixOf(tt.shape, cores) : tensorOver(tt.modes, tt.ranks, cores);
  return result as T extends TTMatrix ? TTMatrix<Float32Array> : TTTensor<Float32Array>;
}
