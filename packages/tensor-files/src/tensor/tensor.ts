import { didYouMean } from '@ttrec/core';
import { error } from '../error.ts';
import {
  bytesPerElement,
  DTYPES,
  isDtype,
  type ArrayOfDtype,
  type Dtype,
  type TensorArray,
} from './dtype.ts';

/** The header's length comes first, as an unsigned 64-bit integer. */
export const LENGTH_BYTES = 8;
/** The limit of the format. */
export const MAX_HEADER_BYTES = 100_000_000;
/** The header key of strings about the file. */
export const METADATA_KEY = '__metadata__';

/** A tensor, row-major. `shape` is [] for a scalar. `data` has one item for each value, but 8 bytes for each C64. */
export type Tensor<D extends Dtype = Dtype> = {
  [K in D]: {
    readonly name: string;
    readonly dtype: K;
    readonly shape: readonly number[];
    readonly data: ArrayOfDtype[K];
  };
}[D];

/** A tensor to write. `data` may be a function that fetches the numbers when they are written, for example from a device. */
export type TensorSource<D extends Dtype = Dtype> = {
  [K in D]: {
    readonly name: string;
    readonly dtype: K;
    readonly shape: readonly number[];
    readonly data: ArrayOfDtype[K] | (() => ArrayOfDtype[K] | Promise<ArrayOfDtype[K]>);
    /** The same numbers in pieces, which `streamSafetensors` prefers: for tensors that are too large to be fetched whole. */
    readonly pieces?: (() => AsyncIterable<TensorArray>) | undefined;
  };
}[D];

/** The position of a tensor's bytes in a file. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteOffset: number;
  readonly byteLength: number;
}

/**
 * Returns the bytes of a tensor of this dtype and shape.
 * @throws `tensor-files/unknown-dtype`, `tensor-files/bad-shape`
 */
export function checkedByteLength(subject: string, dtype: unknown, shape: unknown): number {
  return checkedElements(subject, shape) * bytesPerElement(checkedDtype(subject, dtype));
}

export function checkedDtype(subject: string, dtype: unknown): Dtype {
  if (isDtype(dtype)) return dtype;
  throw error('unknown-dtype', {
    subject,
    rule: `dtype must be one of ${DTYPES.join(', ')}`,
    got: dtype,
    hint: didYouMean(dtype, DTYPES),
  });
}

/** Their bytes are a safe integer too: no dtype is wider than 8 bytes. */
const MAX_ELEMENTS = Number.MAX_SAFE_INTEGER / 8;

/** Returns the number of elements of a tensor of this shape. @throws `tensor-files/bad-shape` */
export function checkedElements(subject: string, shape: unknown): number {
  const rule = `shape must be integers from 0 whose product is at most ${Math.floor(MAX_ELEMENTS)}`;
  if (!Array.isArray(shape)) throw error('bad-shape', { subject, rule, got: shape });
  let elements = 1;
  for (const size of shape as unknown[]) {
    const valid = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
    if (!valid) throw error('bad-shape', { subject, rule, got: shape });
    elements *= size;
    if (elements > MAX_ELEMENTS) throw error('bad-shape', { subject, rule, got: shape });
  }
  return elements;
}
