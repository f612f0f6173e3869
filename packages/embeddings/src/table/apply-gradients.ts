import type { Backend } from '@ttrec/backend';
import { optimizerStep, type StepSettings } from '../optimizers/optimizer-step.ts';
import type { OptimizerConfig } from '../optimizers/optimizer.ts';
import type { SparseGradient } from './embedding-table.ts';

/** Enqueues one optimizer step for the rows that have a gradient; no other row is touched. */
export function applyGradients(
  backend: Backend,
  gradients: readonly SparseGradient[],
  optimizer: OptimizerConfig,
  settings: StepSettings,
): void {
  for (const { parameter, gradients: block, rows } of gradients) {
    if (rows.length === 0) continue;
    const learningRate = settings.learningRate * (parameter.rate ?? 1);
    optimizerStep(backend, optimizer, parameter, { block, rows }, { ...settings, learningRate });
  }
}
