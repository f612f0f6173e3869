import { stateCols } from '@ttrec/backend/kernels';
import type { OptimizerConfig } from '@ttrec/embeddings';

/** Bytes that a stack takes in training: weights, gradients, and optimizer state where the rule has it. */
export function mlpBytes(sizes: readonly number[], optimizer: OptimizerConfig): number {
  return 4 * copiesOf(optimizer) * mlpParameters(sizes);
}

/** Numbers in training for each weight outside the tables. */
export function copiesOf({ rule }: OptimizerConfig): number {
  return 2 + stateCols(rule, 1);
}

/** Weights and biases of a stack. */
export function mlpParameters(sizes: readonly number[]): number {
  return sizes.slice(1).reduce((sum, outputs, i) => sum + (sizes[i]! + 1) * outputs, 0);
}
