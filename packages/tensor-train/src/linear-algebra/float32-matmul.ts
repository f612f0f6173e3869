import { checkFunction } from '../check.ts';
import type { FloatArray } from '../float-array.ts';
import type { Matmul, MatmulArgs, SwapAxes } from './matmul.ts';

/** A matrix product of float32 arrays, such as a SIMD kernel, and perhaps a fast copy. */
export interface Float32Matmul {
  (
    args: Omit<MatmulArgs, 'a' | 'b' | 'out'> & {
      readonly a: Float32Array;
      readonly b: Float32Array;
      readonly out: Float32Array;
    },
  ): void;
  readonly swapAxes?: SwapAxes | undefined;
}

/** Numbers of a result that are kept for the next product, 4 MiB: what many products of a decomposition share. */
const MOST_ROOM = 2 ** 20;

/**
 * Makes a `matmul` of a float32 kernel: float64 operands are rounded, results are widened. Products have float32
 * accuracy, 1e-7 of their norm. Decompositions through Gram matrices (`gram`, streamed) then lose singular values below
 * about 3e-4 of the largest: the TT may be worse than the best by 1e-4 of the norm, and the reported error may be too
 * large by up to 1e-3 of the norm, so a smaller `relativeError` keeps too much rank. The method `svd` stays exact to
 * float32. O(m k + k n + m n) beside the kernel.
 *
 * @throws `tensor-train/bad-function`
 */
export function fromFloat32Matmul(kernel: Float32Matmul): Matmul {
  checkFunction('kernel', kernel);
  let room = new Float32Array(0);
  const roomOf = (length: number): Float32Array => {
    if (length > MOST_ROOM) return new Float32Array(length);
    if (room.length < length) room = new Float32Array(length);
    return room.subarray(0, length);
  };
  const multiply = (args: MatmulArgs): void => {
    const { m, n, k } = args;
    const out = args.out instanceof Float32Array ? args.out : roomOf(m * n);
    const a = float32(args.a, m * k);
    const b = args.b === args.a ? a : float32(args.b, k * n);
    kernel({ ...args, a, b, out });
    if (out !== args.out) args.out.set(out);
  };
  return Object.assign(multiply, { swapAxes: kernel.swapAxes });
}

function float32(values: FloatArray, length: number): Float32Array {
  return values instanceof Float32Array ? values : new Float32Array(values.subarray(0, length));
}
