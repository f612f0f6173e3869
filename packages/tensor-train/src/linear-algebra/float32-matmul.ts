import { checkFunction } from '../check.ts';
import type { FloatArray } from '../float-array.ts';
import type { Matmul, MatmulArgs } from './matmul.ts';

/** A matrix product that knows float32 alone, as SIMD kernels do. */
export type Float32Matmul = (
  args: Omit<MatmulArgs, 'a' | 'b' | 'out'> & {
    readonly a: Float32Array;
    readonly b: Float32Array;
    readonly out: Float32Array;
  },
) => void;

/**
 * Makes a float32 kernel usable wherever this package takes a `matmul`: operands in float64 are rounded on their way
 * in, results widened on their way out. Products then have float32 accuracy, 1e-7 of their norm. Decompositions through
 * Gram matrices (`gram`, streamed) square what they see: singular values below about 3e-4 of the largest are hidden, the
 * train may be 1e-4 of the norm worse than the best, and the error reported errs to the safe side, by up to 1e-3 of the
 * norm; a `relativeError` below that keeps rank in vain. The method `svd` multiplies nothing that decides and stays
 * exact to float32. Beside the kernel O(m k + k n + m n) for operands and results that are float64.
 */
export function fromFloat32Matmul(kernel: Float32Matmul): Matmul {
  checkFunction('kernel', kernel);
  return (args) => {
    const { m, n, k } = args;
    const out = args.out instanceof Float32Array ? args.out : new Float32Array(m * n);
    const a = float32(args.a, m * k);
    const b = args.b === args.a ? a : float32(args.b, k * n);
    kernel({ ...args, a, b, out });
    if (out !== args.out) args.out.set(out);
  };
}

function float32(values: FloatArray, length: number): Float32Array {
  return values instanceof Float32Array ? values : new Float32Array(values.subarray(0, length));
}
