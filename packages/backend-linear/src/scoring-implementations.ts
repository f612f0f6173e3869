import { bagForward } from './kernels/bag.ts';
import { dotInteraction } from './kernels/dot-interaction.ts';
import { add, copy, fill, multiply } from './kernels/elementwise.ts';
import { matmul } from './kernels/matmul.ts';
import { ttForward } from './kernels/tensor-train.ts';

/** The kernels that scoring needs, for engines without the others. */
export const scoringImplementations = {
  matmul,
  bagForward,
  ttForward,
  dotInteraction,
  fill,
  copy,
  multiply,
  add,
};
