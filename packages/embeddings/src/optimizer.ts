import type { OptimizerRule } from '@ttrec/backend';
import { checkOptions, type OptionRules } from '@ttrec/core';
import { error } from './error.ts';

/** The rule that updates a table. The learning rate comes with each step, so that schedules stay outside. */
export interface OptimizerConfig {
  readonly rule: (typeof optimizerRules)[number];
  /** Added to the root of the accumulated squares; 1e-10 by default, as in PyTorch. Unused by SGD. */
  readonly epsilon?: number | undefined;
}

export const optimizerRules = [
  'sgd',
  'adagrad',
  'rowwise-adagrad',
] as const satisfies readonly OptimizerRule[];

const options: OptionRules<OptimizerConfig> = { rule: { required: optimizerRules }, epsilon: 'any' };

export const DEFAULT_EPSILON = 1e-10;

/**
 * Refuses what is not one of the rules; nothing is replaced by another in silence.
 * @throws `embeddings/bad-option`, `embeddings/unknown-option`, `embeddings/bad-epsilon`
 */
export function checkOptimizer(config: OptimizerConfig): void {
  checkOptions(error, 'optimizer', config, options);
  checkEpsilon(config.epsilon ?? DEFAULT_EPSILON);
}

/** @throws `embeddings/bad-learning-rate` */
export function checkLearningRate(learningRate: number): void {
  if (Number.isFinite(learningRate) && learningRate >= 0) return;
  throw error('bad-learning-rate', {
    subject: 'learningRate',
    rule: 'must be a finite number from 0',
    got: learningRate,
  });
}

function checkEpsilon(epsilon: number): void {
  if (Number.isFinite(epsilon) && epsilon >= 0) return;
  throw error('bad-epsilon', {
    subject: 'optimizer epsilon',
    rule: 'must be a finite number from 0',
    got: epsilon,
  });
}

/** float32 numbers of optimizer state for a parameter of `rows x cols`. */
export function stateLength(rule: OptimizerRule, rows: number, cols: number): number {
  if (rule === 'sgd') return 0;
  return rule === 'adagrad' ? rows * cols : rows;
}
