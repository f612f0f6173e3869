import type { DeviceBuffer } from '@ttrec/backend';

/** Numbers of a model, by name: `bottom.0.weight`, `top.2.bias`, `table.C3.core1`. */
export interface ModelParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: DeviceBuffer;
  /** Optimizer state, where the rule has one. */
  readonly state?: DeviceBuffer | undefined;
}
