import { typeName } from '@ttrec/core';
import { checkObject } from '@ttrec/core/options';
import { error } from '../error.ts';

/** The typed array of each dtype, under the names that safetensors has for them. */
export interface StateArrays {
  readonly I8: Int8Array;
  readonly U8: Uint8Array;
  readonly U32: Uint32Array;
  readonly F32: Float32Array;
  readonly F64: Float64Array;
}

/** `model`: rows are computed from it. `training`: only further training needs it: optimizer state, counters. */
export type StateRole = 'model' | 'training';

/** A tensor of a table or a model, without its numbers. */
export interface StateInfo<D extends keyof StateArrays = keyof StateArrays> {
  /** Unique: `weight`, `cold.core1`, `core1.sum` for the optimizer state of `core1`. */
  readonly name: string;
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly role: StateRole;
}

/**
 * A tensor of a table or a model. `data` returns a copy of its numbers as they are then, row-major. `streamSafetensors`
 * and `saveCheckpoint` of @ttrec/tensor-files take a list of them.
 */
export type StateTensor = {
  [D in keyof StateArrays]: StateInfo<D> & {
    readonly data: () => Promise<StateArrays[D]>;
    /** Some rows of it, of a tensor that need not be in memory whole. */
    readonly rows?: RowAccess | undefined;
  };
}[keyof StateArrays];

/** Some rows of a tensor, along its first axis. */
export interface RowAccess {
  read(start: number, end: number): Promise<Float32Array>;
  write(start: number, values: Float32Array): Promise<void>;
}

/** Named tensors to load: an open file, such as `openSafetensors` of @ttrec/tensor-files returns, or `stateReader`. */
export interface StateReader {
  /** Shown in errors: the path of a file. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>;
  /** Tensors that cannot be read, each with the reason. None of them counts as missing. */
  readonly unreadable?: ReadonlyMap<string, Error> | undefined;
  /** The numbers of one tensor, row-major, in the typed array of its dtype. It may be read more than once. */
  read(tensor: string): Promise<unknown>;
  /** Rows `begin` to `end` - 1 of the first axis. Without it, tensors are read whole. */
  readRows?(tensor: string, begin: number, end: number): Promise<unknown>;
}

const elementBytes: Readonly<Record<keyof StateArrays, number>> = { I8: 1, U8: 1, U32: 4, F32: 4, F64: 8 };

/** Bytes of the numbers of the tensors. */
export function stateBytes(tensors: readonly StateInfo[]): number {
  return tensors.reduce(
    (sum, { dtype, shape }) => sum + shape.reduce((product, extent) => product * extent, elementBytes[dtype]),
    0,
  );
}

/** A tensor in memory, or one that is read when `data` is called. */
export interface LoadableTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView | (() => Promise<ArrayBufferView> | ArrayBufferView);
}

/**
 * A reader of the state of another table or model, or of other tensors.
 * @param name shown in errors
 * @throws `embeddings/duplicate-name` for two tensors of one name
 */
export function stateReader(tensors: Iterable<LoadableTensor>, name = 'state'): StateReader {
  const byName = new Map<string, LoadableTensor>();
  if (typeof (tensors as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== 'function') {
    throw error('bad-state', { subject: name, rule: 'must be a list of tensors', got: typeName(tensors) });
  }
  for (const tensor of tensors) {
    checkObject(error, 'bad-state', `${name}, tensor`, tensor);
    if (typeof tensor.name !== 'string') {
      throw error('bad-state', {
        subject: `${name}, name of a tensor`,
        rule: 'must be a string',
        got: tensor.name,
      });
    }
    if (byName.has(tensor.name)) {
      const rule = 'every name must appear once';
      throw error('duplicate-name', { subject: name, rule, got: `"${tensor.name}" twice` });
    }
    byName.set(tensor.name, tensor);
  }
  return {
    name,
    tensors: byName,
    async read(tensor) {
      const { data } = byName.get(tensor)!;
      return typeof data === 'function' ? data() : data;
    },
  };
}
