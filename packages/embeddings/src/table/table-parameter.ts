import type { DeviceBuffer } from '@ttrec/backend';

/** Numbers that a table holds and trains. */
export interface TableParameter {
  /** Unique within the table: `weight`, `cold.core1`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: DeviceBuffer;
  /** Optimizer state; absent for SGD. */
  readonly state?: DeviceBuffer | undefined;
  /** What it is called in files; `sum` by default. */
  readonly stateName?: 'sum' | 'moments' | 'ftrl' | undefined;
  /** [rows, 1]: the step that last pulled each row towards 0, where the optimizer has an `l2`. */
  readonly lastStep?: DeviceBuffer | undefined;
  /** A factor of the learning rate; 1 by default. */
  readonly rate?: number | undefined;
}
