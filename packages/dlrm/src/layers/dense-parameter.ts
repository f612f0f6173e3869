import { makeAll, type Backend, type DeviceBuffer } from '@ttrec/backend';
import { stateCols } from '@ttrec/backend/kernels';
import type { OptimizerConfig } from '@ttrec/embeddings';
import { stateNames, type TableParameter } from '@ttrec/embeddings/model';

/** A weight matrix or bias outside the tables, with the gradient of the last backward. */
export interface DenseParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: DeviceBuffer;
  readonly gradient: DeviceBuffer;
  /** Optimizer state, [rows, `stateCols`]; absent for SGD. */
  readonly state?: DeviceBuffer;
  readonly stateName?: TableParameter['stateName'];
}

/** Allocates a parameter [rows, cols] and uploads its first values. A bias is one row. */
export function denseParameter(args: {
  readonly backend: Backend;
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Zeros by default. */
  readonly values?: Float32Array | undefined;
  readonly optimizer: OptimizerConfig;
}): DenseParameter {
  const { backend, name, rows, cols, values, optimizer } = args;
  const { rule } = optimizer;
  const widths = { '': cols, '/gradient': cols, ...(rule !== 'sgd' && { '/state': stateCols(rule, cols) }) };
  const [weights, gradient, state] = makeAll(
    Object.entries(widths),
    ([suffix, width]) =>
      backend.createBuffer({ dtype: 'float32', rows, cols: width, label: `${name}${suffix}` }),
    (buffer) => buffer.dispose(),
  ) as [DeviceBuffer, DeviceBuffer, DeviceBuffer?];
  if (values) backend.write(weights, values);
  return {
    name,
    shape: name.endsWith('.bias') ? [cols] : [rows, cols],
    weights,
    gradient,
    ...(state ? { state, stateName: stateNames[rule] } : {}),
  };
}

export function disposeDense({ weights, gradient, state }: DenseParameter): void {
  weights.dispose();
  gradient.dispose();
  state?.dispose();
}
