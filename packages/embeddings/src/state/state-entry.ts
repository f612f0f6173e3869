import type { Backend, DeviceBuffer } from '@ttrec/backend';
import type { TableParameter } from '../table/table-parameter.ts';
import { noneNegative, type HostTensor } from './host-tensor.ts';
import type { StateArrays, StateInfo, StateReader, StateTensor } from './state-tensor.ts';

/** A tensor of the state that can be overwritten too. */
export type StateEntry = {
  [D in keyof StateArrays]: Extract<StateTensor, { dtype: D }> & {
    /** Overwrites the first numbers, all of them unless the tensor has grown. */
    readonly write: (values: StateArrays[D]) => void | Promise<void>;
    /** In place of `write`, for what is read in pieces: checks, or writes, what a reader has under a name. */
    readonly load?: ((tensor: StateInfo, reader: StateReader, writes: boolean) => Promise<void>) | undefined;
    /** The rule that the values break, if they do. */
    readonly check?: ((values: StateArrays[D]) => string | undefined) | undefined;
  };
}[keyof StateArrays];

/**
 * The weights of a parameter, and its optimizer state: `NAME.sum`, one sum of squares a number, or one a row; `NAME.moments`
 * and `NAME.ftrl`, two halves a row; `NAME.lastStep`, the step that last pulled each row.
 */
export function parameterEntries(backend: Backend, parameter: TableParameter): StateEntry[] {
  const { name, shape, weights, state, stateName = 'sum', lastStep } = parameter;
  const entry = (buffer: DeviceBuffer) => ({
    dtype: 'F32' as const,
    data: () => backend.read(buffer),
    write: (values: Float32Array) => backend.write(buffer, values),
  });
  const training = { role: 'training', check: noneNegative } as const;
  const entries: StateEntry[] = [{ ...entry(weights), name, shape, role: 'model' }];
  if (state && stateName === 'sum') {
    const isWhole = state.rows * state.cols === weights.rows * weights.cols;
    entries.push({
      ...entry(state),
      ...training,
      name: `${name}.sum`,
      shape: isWhole ? shape : [state.rows],
    });
  } else if (state) {
    entries.push({
      ...entry(state),
      role: 'training',
      name: `${name}.${stateName}`,
      shape: [state.rows, state.cols],
      // The first half is signed, the rest are squares.
      check: (values: Float32Array) => noneNegative(values.filter((_, i) => i % state.cols >= weights.cols)),
    });
  }
  if (lastStep)
    entries.push({ ...entry(lastStep), ...training, name: `${name}.lastStep`, shape: [lastStep.rows] });
  return entries;
}

export function hostEntry(tensor: HostTensor): StateEntry {
  const { data, loaded, ...info } = tensor;
  return {
    ...info,
    data: async () => data.slice(),
    write(values: Uint8Array) {
      data.set(values);
      loaded?.(values.length);
    },
  } as unknown as StateEntry;
}
