import type { Backend, Block, DeviceBuffer, Range } from '@ttrec/backend';
import type { RegularizeArgs } from '@ttrec/backend/kernels';
import type { OptimizerConfig } from './optimizer.ts';

/** Weights with their optimizer state, as far as the rule has it. */
export interface OptimizedWeights {
  readonly weights: DeviceBuffer;
  readonly state?: DeviceBuffer | undefined;
  /** [rows, 1]: the step that last pulled each row; without it, every step pulls all. */
  readonly lastStep?: DeviceBuffer | undefined;
}

/** What all parameters of a step have in common. */
export interface StepSettings {
  readonly learningRate: number;
  /** Steps done, this one included; 1 where nothing depends on it. */
  readonly step: number;
  /** Scales all gradients so that their common norm is at most so large. */
  readonly clip?: RegularizeArgs['clip'] | undefined;
}

const epsilons = {
  sgd: 0,
  adagrad: 1e-10,
  'rowwise-adagrad': 1e-10,
  adam: 1e-8,
  'rowwise-adam': 1e-8,
  ftrl: 1,
};

/** Enqueues one optimizer step. Gradients that are clipped or penalised are overwritten. */
export function optimizerStep(
  backend: Backend,
  optimizer: OptimizerConfig,
  { weights, state, lastStep }: OptimizedWeights,
  gradients: { readonly block: Block; readonly rows?: Range },
  { learningRate, step, clip }: StepSettings,
): void {
  const { rule, epsilon = epsilons[rule], l1 = 0, l2 = 0, weightDecay = 0 } = optimizer;
  const { block, rows } = gradients;
  const shared = { weights, gradients: block, ...(rows && { rows }), learningRate };
  const pull = rule === 'ftrl' ? 0 : l2;
  if (pull > 0 || weightDecay > 0 || clip !== undefined) {
    const since = lastStep && { lastStep, step };
    backend.regularize({ ...shared, l2: pull, weightDecay, ...since, ...(clip && { clip }) });
  }
  const { beta1 = 0.9, beta2 = 0.999 } = optimizer;
  const isAdam = rule === 'adam' || rule === 'rowwise-adam';
  backend.update({
    ...shared,
    rule,
    ...(state && { state }),
    epsilon,
    ...(isAdam && { step, beta1, beta2 }),
    ...(rule === 'ftrl' && { l1, l2 }),
  });
}
