import { wholeBlock, type Backend } from '@ttrec/backend';
import type { OptimizerConfig } from '@ttrec/embeddings';
import { optimizerStep, type StepSettings } from '@ttrec/embeddings/model';
import type { DenseParameter } from '../layers/dense-parameter.ts';

/** Enqueues one optimizer step on the gradient of the last backward. */
export function updateDense(
  backend: Backend,
  parameter: DenseParameter,
  optimizer: OptimizerConfig,
  settings: StepSettings,
): void {
  optimizerStep(backend, optimizer, parameter, { block: wholeBlock(parameter.gradient) }, settings);
}
