import type { Backend } from '@ttrec/backend';
import { checkLearningRate, DEFAULT_EPSILON, type OptimizerConfig } from '../optimizer.ts';
import type { SparseGradient } from './embedding-table.ts';

/**
 * Enqueues one optimizer step for the rows that have a gradient; no other row is touched.
 *
 * @throws `embeddings/bad-learning-rate`, before anything is enqueued
 */
export function applyGradients(
  backend: Backend,
  gradients: readonly SparseGradient[],
  optimizer: OptimizerConfig,
  learningRate: number,
): void {
  checkLearningRate(learningRate);
  for (const { parameter, gradients: block, rows } of gradients) {
    backend.update({
      rule: optimizer.rule,
      weights: parameter.weights,
      gradients: block,
      ...(parameter.state ? { state: parameter.state } : {}),
      rows,
      learningRate,
      epsilon: optimizer.epsilon ?? DEFAULT_EPSILON,
    });
  }
}
