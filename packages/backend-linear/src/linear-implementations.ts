import type { KernelsOver } from '@ttrec/backend/driver';
import type { Engine } from './engine.ts';
import { bagBackward, bagForward } from './kernels/bag.ts';
import { dotInteraction, dotInteractionBackward } from './kernels/dot-interaction.ts';
import { add, bceWithLogits, copy, fill, multiply } from './kernels/elementwise.ts';
import { biasActivationBackward, matmul } from './kernels/matmul.ts';
import { ttBackward, ttForward } from './kernels/tensor-train.ts';
import { regularize, sumOfSquares, update } from './kernels/update.ts';

/** Every kernel of the contract as calls of kernels over addresses. */
export const linearImplementations: KernelsOver<Engine> = {
  matmul,
  biasActivationBackward,
  bagForward,
  bagBackward,
  ttForward,
  ttBackward,
  dotInteraction,
  dotInteractionBackward,
  bceWithLogits,
  update,
  regularize,
  sumOfSquares,
  fill,
  copy,
  multiply,
  add,
};
