import type { OptimizerRule } from '@ttrec/backend';
import { stateCols } from '@ttrec/backend/kernels';
import { checkOptions, type OptionRules } from '@ttrec/core/options';
import { error } from '../error.ts';

/** The rule that updates weights. The learning rate comes with each step, so that schedules stay outside. */
export interface OptimizerConfig {
  readonly rule: OptimizerRule;
  /**
   * Above 0, added to the root of the squares, as in PyTorch: 1e-10 by default for the rules of Adagrad, 1e-8 for those of Adam.
   * With FTRL it is β, 1 by default. SGD has none.
   */
  readonly epsilon?: number | undefined;
  /** How much of the first and of the second moment stays, for the rules of Adam: 0.9 and 0.999 by default. */
  readonly beta1?: number | undefined;
  readonly beta2?: number | undefined;
  /** For FTRL: weights whose gradients do not exceed it are 0. 0 by default. */
  readonly l1?: number | undefined;
  /**
   * L2 penalty: adds `l2 · w` to the gradient of a step. A row of a table is pulled when a batch reads it, for all steps since
   * the last one that did, so that rare rows get their share. 0 by default.
   */
  readonly l2?: number | undefined;
  /** Decoupled weight decay, of MLPs only: `w *= 1 - learningRate · weightDecay` (AdamW). 0 by default. */
  readonly weightDecay?: number | undefined;
}

export const optimizerRules = [
  'sgd',
  'adagrad',
  'rowwise-adagrad',
  'adam',
  'rowwise-adam',
  'ftrl',
] as const satisfies readonly OptimizerRule[];

const options: OptionRules<OptimizerConfig> = {
  rule: { required: optimizerRules },
  epsilon: 'any',
  beta1: 'any',
  beta2: 'any',
  l1: 'any',
  l2: 'any',
  weightDecay: 'any',
};

/**
 * Refuses what is not one of the rules; nothing is replaced by another in silence.
 * @throws `embeddings/bad-option`, `embeddings/unknown-option`, `embeddings/bad-epsilon`, `embeddings/bad-optimizer`
 */
export function checkOptimizer(config: OptimizerConfig): void {
  checkOptions(error, 'optimizer', config, options);
  const { rule, epsilon } = config;
  if (epsilon !== undefined) checkEpsilon(epsilon, rule);
  for (const name of ['l1', 'l2', 'weightDecay'] as const) requireFromZero(name, config[name] ?? 0);
  for (const name of ['beta1', 'beta2'] as const) {
    const beta = config[name];
    if (beta === undefined) continue;
    if (!isAdam(config)) throw foreign(name, 'adam or rowwise-adam', rule);
    if (beta >= 0 && beta < 1) continue;
    throw error('bad-optimizer', {
      subject: `optimizer ${name}`,
      rule: 'must be from 0 to below 1',
      got: beta,
    });
  }
  if (config.l1 !== undefined && rule !== 'ftrl') throw foreign('l1', 'ftrl', rule);
}

/** @throws `embeddings/bad-optimizer` for weight decay, which would reach all rows at every step */
export function checkTableOptimizer(config: OptimizerConfig): void {
  checkOptimizer(config);
  if ((config.weightDecay ?? 0) === 0) return;
  throw error('bad-optimizer', {
    subject: 'optimizer weightDecay',
    rule: 'must be left out for tables, of which a step reaches the rows of its batch only',
    got: config.weightDecay,
    hint: 'Choose "l2".',
  });
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

/** With 0, the first step of a number whose gradient is 0 would be 0 / 0. */
function checkEpsilon(epsilon: number, rule: OptimizerRule): void {
  if (rule === 'sgd') throw foreign('epsilon', 'adagrad, adam, their row-wise forms and ftrl', rule);
  if (Number.isFinite(epsilon) && epsilon > 0) return;
  throw error('bad-epsilon', {
    subject: 'optimizer epsilon',
    rule: 'must be a number above 0',
    got: epsilon,
  });
}

function requireFromZero(name: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw error('bad-optimizer', {
    subject: `optimizer ${name}`,
    rule: 'must be a finite number from 0',
    got: value,
  });
}

function foreign(name: string, rules: string, rule: string): Error {
  return error('bad-optimizer', { subject: `optimizer ${name}`, rule: `goes with ${rules} only`, got: rule });
}

function isAdam({ rule }: OptimizerConfig): boolean {
  return rule === 'adam' || rule === 'rowwise-adam';
}

/** Whether rows keep the number of the step that last pulled them. FTRL has its penalty in closed form. */
export function keepsLastStep({ rule, l2 = 0 }: OptimizerConfig): boolean {
  return l2 > 0 && rule !== 'ftrl';
}

/** Whether a step depends on the number of those before it. */
export function countsSteps(optimizer: OptimizerConfig): boolean {
  return isAdam(optimizer) || keepsLastStep(optimizer);
}

/** float32 numbers of optimizer state for rows of a table, `rows x cols`. */
export function stateLength(optimizer: OptimizerConfig, rows: number, cols: number): number {
  return rows * (stateCols(optimizer.rule, cols) + Number(keepsLastStep(optimizer)));
}
