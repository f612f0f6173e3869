import {
  checkHostMatmul,
  checkHostSwapAxes,
  type HostMatmul,
  type HostMatmulArgs,
  type HostSwapAxesArgs,
} from '@ttrec/backend-linear';
import { checkOptions } from '@ttrec/core/options';
import type { InstructionSet } from '../addon.ts';
import { error } from '../error.ts';
import { engineFor, simdChoices } from '../find-engine.ts';

/**
 * A synchronous float32 matrix product of host arrays, for code that has its matrices in typed arrays and no backend:
 * `@ttrec/tensor-train` takes it through `fromFloat32Matmul`. Operands are read where they are. O(m n k). The same operands give
 * the same bits.
 *
 * @param options `simd` as for `createNativeBackend`
 * @returns the product, with `swapAxes`; both throw `backend-native/bad-operand` (an extent that is no integer of at least 0, an array that is
 *   not float32 or is too short)
 * @throws `backend-native/bad-option`, `backend-native/unavailable`
 */
export function createNativeMatmul(options: { readonly simd?: 'auto' | InstructionSet } = {}): HostMatmul {
  checkOptions(error, 'createNativeMatmul', options, { simd: simdChoices });
  const { addon, engine } = engineFor(options.simd ?? 'auto');
  const multiply = (args: HostMatmulArgs): void => {
    checkHostMatmul(error, args);
    const { a, b, out, m, n, k, transposeA = false, transposeB = false } = args;
    addon.product(engine, a, b, out, m, n, k, transposeA, transposeB);
  };
  return Object.assign(multiply, {
    swapAxes: (args: HostSwapAxesArgs) => {
      checkHostSwapAxes(error, args);
      const { from, to, blocks, rows, pieces, length } = args;
      addon.swapAxes(engine, from, to, blocks, rows, pieces, length);
    },
  });
}
