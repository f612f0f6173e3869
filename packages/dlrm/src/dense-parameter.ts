import { makeAll, wholeBlock, type Backend, type DeviceBuffer } from '@ttrec/backend';
import type { OptimizerConfig } from '@ttrec/embeddings';
import { DEFAULT_EPSILON } from '@ttrec/embeddings/kind';

/** A weight matrix or bias of an MLP, with the gradient of the last backward. */
export interface DenseParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: DeviceBuffer;
  readonly gradient: DeviceBuffer;
  /** Adagrad's accumulated squares; absent for SGD. */
  readonly state?: DeviceBuffer;
}

/** Allocates a parameter [rows, cols] and uploads its first values. A bias is one row. */
export function denseParameter(args: {
  readonly backend: Backend;
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
  readonly optimizer: OptimizerConfig;
}): DenseParameter {
  const { backend, name, rows, cols, values, optimizer } = args;
  const [weights, gradient, state] = makeAll(
    optimizer.rule === 'sgd' ? ['', '/gradient'] : ['', '/gradient', '/state'],
    (suffix) => backend.createBuffer({ dtype: 'float32', rows, cols, label: `${name}${suffix}` }),
    (buffer) => buffer.dispose(),
  ) as [DeviceBuffer, DeviceBuffer, DeviceBuffer?];
  backend.write(weights, values);
  return {
    name,
    shape: name.endsWith('.bias') ? [cols] : [rows, cols],
    weights,
    gradient,
    ...(state ? { state } : {}),
  };
}

/** Enqueues one optimizer step on the gradient of the last backward. */
export function updateDense(
  backend: Backend,
  { weights, gradient, state }: DenseParameter,
  optimizer: OptimizerConfig,
  learningRate: number,
): void {
  backend.update({
    rule: optimizer.rule,
    weights,
    gradients: wholeBlock(gradient),
    ...(state ? { state } : {}),
    learningRate,
    epsilon: optimizer.epsilon ?? DEFAULT_EPSILON,
  });
}

export function disposeDense({ weights, gradient, state }: DenseParameter): void {
  weights.dispose();
  gradient.dispose();
  state?.dispose();
}
