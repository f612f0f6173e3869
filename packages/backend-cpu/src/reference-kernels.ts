import type { DeviceBuffer } from '@ttrec/backend';
import { updateCores, type Kernels } from '@ttrec/backend/kernels';
import { Arrays, type BufferArray } from './arrays.ts';
import { createBagBackward, createBagForward } from './kernels/bag.ts';
import { createBceWithLogits } from './kernels/bce-with-logits.ts';
import { createBiasActivationBackward } from './kernels/bias-activation-backward.ts';
import { createCopy } from './kernels/elementwise/copy.ts';
import { createDotInteraction, createDotInteractionBackward } from './kernels/dot-interaction.ts';
import { createFill } from './kernels/elementwise/fill.ts';
import { createAdd } from './kernels/elementwise/add.ts';
import { createMatmul } from './kernels/matmul.ts';
import { createMultiply } from './kernels/elementwise/multiply.ts';
import { createRegularize } from './kernels/regularize.ts';
import { createSumOfSquares } from './kernels/sum-of-squares.ts';
import { createTTBackward } from './kernels/tt-backward.ts';
import { createTTForward } from './kernels/tt-forward.ts';
import { createUpdate } from './kernels/update.ts';

/**
 * The reference's kernels over arrays that another backend owns, so that its own kernels can replace them one by one.
 *
 * @param arrayOf the row-major elements of a buffer: a Float32Array or a Uint32Array, as its dtype says; it may be a view, and
 *   another one from call to call
 */
export function referenceKernels(arrayOf: (buffer: DeviceBuffer) => BufferArray): Kernels {
  const arrays = new Arrays(arrayOf);
  const [update, ttBackward] = [createUpdate(arrays), createTTBackward(arrays)];
  return {
    matmul: createMatmul(arrays),
    biasActivationBackward: createBiasActivationBackward(arrays),
    bagForward: createBagForward(arrays),
    bagBackward: createBagBackward(arrays),
    ttForward: createTTForward(arrays),
    ttBackward: (args) => {
      ttBackward(args);
      updateCores(args, update);
    },
    dotInteraction: createDotInteraction(arrays),
    dotInteractionBackward: createDotInteractionBackward(arrays),
    bceWithLogits: createBceWithLogits(arrays),
    update,
    regularize: createRegularize(arrays),
    sumOfSquares: createSumOfSquares(arrays),
    fill: createFill(arrays),
    copy: createCopy(arrays),
    multiply: createMultiply(arrays),
    add: createAdd(arrays),
  };
}
