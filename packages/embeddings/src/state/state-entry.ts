import type { Backend } from '@ttrec/backend';
import type { TableParameter } from '../table/embedding-table.ts';
import { noneNegative, type HostTensor } from './host-tensor.ts';
import type { StateArrays, StateTensor } from './state-tensor.ts';

/** A tensor of the state that can be overwritten too. */
export type StateEntry = {
  [D in keyof StateArrays]: Extract<StateTensor, { dtype: D }> & {
    /** Overwrites the first numbers, all of them unless the tensor has grown. */
    readonly write: (values: StateArrays[D]) => void;
    /** The rule that the values break, if they do. */
    readonly check?: ((values: StateArrays[D]) => string | undefined) | undefined;
  };
}[keyof StateArrays];

/** The weights of a parameter, and its optimizer state as `NAME.sum`: one sum of squares a number, or one a row. */
export function parameterEntries(
  backend: Backend,
  { name, shape, weights, state }: TableParameter,
): StateEntry[] {
  const entry = (buffer: typeof weights) => ({
    dtype: 'F32' as const,
    data: () => backend.read(buffer),
    write: (values: Float32Array) => backend.write(buffer, values),
  });
  const entries: StateEntry[] = [{ ...entry(weights), name, shape, role: 'model' }];
  if (state) {
    const isWhole = state.rows * state.cols === weights.rows * weights.cols;
    entries.push({
      ...entry(state),
      name: `${name}.sum`,
      shape: isWhole ? shape : [state.rows],
      role: 'training',
      check: noneNegative,
    });
  }
  return entries;
}

export function hostEntry(tensor: HostTensor): StateEntry {
  const { data } = tensor;
  return {
    ...tensor,
    data: async () => data.slice(),
    write: (values: never) => data.set(values),
  } as StateEntry;
}
