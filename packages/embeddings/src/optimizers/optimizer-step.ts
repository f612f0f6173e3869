import type { Backend, Block, DeviceBuffer, Range } from '@ttrec/backend';
import type { CoreUpdate, RegularizeArgs } from '@ttrec/backend/kernels';
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

/** Arguments of `update` besides its buffers. */
type RuleStep = Omit<CoreUpdate, 'states'>;

function ruleStep(optimizer: OptimizerConfig, { learningRate, step }: StepSettings): RuleStep {
  const { rule, epsilon = epsilons[rule], l1 = 0, l2 = 0, beta1 = 0.9, beta2 = 0.999 } = optimizer;
  const isAdam = rule === 'adam' || rule === 'rowwise-adam';
  return {
    rule,
    learningRate,
    epsilon,
    ...(isAdam && { step, beta1, beta2 }),
    ...(rule === 'ftrl' && { l1, l2 }),
  };
}

function pullOf({ rule, l2 = 0 }: OptimizerConfig): number {
  return rule === 'ftrl' ? 0 : l2;
}

/** The step if nothing changes gradients before it, so that the kernel that sums them may take it; undefined otherwise. */
export function stepAlone(optimizer: OptimizerConfig, settings: StepSettings): RuleStep | undefined {
  const changes = pullOf(optimizer) > 0 || (optimizer.weightDecay ?? 0) > 0 || settings.clip !== undefined;
  return changes ? undefined : ruleStep(optimizer, settings);
}

/** Enqueues one optimizer step. Gradients that are clipped or penalised are overwritten. */
export function optimizerStep(
  backend: Backend,
  optimizer: OptimizerConfig,
  { weights, state, lastStep }: OptimizedWeights,
  gradients: { readonly block: Block; readonly rows?: Range },
  settings: StepSettings,
): void {
  const { block, rows } = gradients;
  const shared = { weights, gradients: block, ...(rows && { rows }) };
  if (stepAlone(optimizer, settings) === undefined) {
    const { learningRate, step, clip } = settings;
    const since = lastStep && { lastStep, step };
    const { weightDecay = 0 } = optimizer;
    const pull = { l2: pullOf(optimizer), weightDecay, learningRate };
    backend.regularize({ ...shared, ...pull, ...since, ...(clip && { clip }) });
  }
  backend.update({ ...shared, ...ruleStep(optimizer, settings), ...(state && { state }) });
}
