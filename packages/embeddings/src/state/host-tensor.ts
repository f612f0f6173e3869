import type { StateArrays, StateRole } from './state-tensor.ts';

/** Numbers that a table keeps on the host beside its parameters: integers in place of floats, ids, counters. */
export type HostTensor = {
  [D in keyof StateArrays]: {
    /** Unique among the table's parameters and host tensors. */
    readonly name: string;
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly role: StateRole;
    /** The numbers themselves, row-major. They are saved as they are, and loaded by writing into this array. */
    readonly data: StateArrays[D];
    /** Returns the rule that loaded values break, if they do. Floats are checked to be finite before. */
    readonly check?: ((values: StateArrays[D]) => string | undefined) | undefined;
    /** Told how many numbers a load wrote: fewer than there are where the table has grown since they were saved. */
    readonly loaded?: ((count: number) => void) | undefined;
  };
}[keyof StateArrays];

/** A `check` for counts, scales and sums of squares. */
export function noneNegative(values: Float32Array | Float64Array): string | undefined {
  return values.some((value) => value < 0) ? 'must hold no number below 0' : undefined;
}
