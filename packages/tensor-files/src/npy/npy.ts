import { counted, product } from '@ttrec/core';
import { error } from '../error.ts';
import { arrayNameOf, arrayOver, bytesPerElement, type Dtype, type TensorArray } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkedByteLength } from '../tensor/tensor.ts';
import { encodeNpyHeader, readNpyHeader } from './npy-header.ts';

/** One array, row-major: `data.length` is the product of `shape`, which is [] for a scalar. */
export type NpyArray<D extends Dtype = Dtype> = Omit<Tensor<D>, 'name'>;

const NAME = 'npy file';

/**
 * Returns a copy of the array in an npy file.
 * @param name shown in errors
 * @throws the codes of `readNpyHeader`
 */
export function decodeNpy(bytes: Uint8Array, name = 'npy bytes'): NpyArray {
  const { dtype, shape, byteOffset, byteLength } = readNpyHeader(bytes, name, bytes.length);
  const buffer = new ArrayBuffer(byteLength);
  new Uint8Array(buffer).set(bytes.subarray(byteOffset));
  return { dtype, shape, data: arrayOver(dtype, buffer) };
}

/**
 * Yields an npy file as `numpy.save` writes it: the header, then the numbers as views of the caller's memory.
 * @throws `tensor-files/unknown-dtype`, `…/bad-shape`, `…/big-endian`, `…/data-mismatch`
 */
export function* encodeNpy({ dtype, shape, data }: NpyArray): Generator<Uint8Array, void, undefined> {
  yield encodeNpyHeader(NAME, dtype, shape);
  const expected = checkedByteLength(NAME, dtype, shape);
  const bytes = bytesOf(dtype, data);
  if (bytes.length !== expected) throw mismatch(dtype, shape, data.length);
  yield bytes;
}

/**
 * Like `encodeNpy`, for an array that is not in memory as a whole: `parts` are its numbers in order.
 * @throws the codes of `encodeNpy`; `tensor-files/data-mismatch` also if there are too few or too many numbers, at the latest at the end
 */
export async function* streamNpy(
  { dtype, shape }: Pick<NpyArray, 'dtype' | 'shape'>,
  parts: Iterable<TensorArray> | AsyncIterable<TensorArray>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield encodeNpyHeader(NAME, dtype, shape);
  const expected = checkedByteLength(NAME, dtype, shape);
  let written = 0;
  for await (const part of parts) {
    const bytes = bytesOf(dtype, part);
    written += bytes.length;
    if (written > expected) throw mismatch(dtype, shape, `${written / bytesPerElement(dtype)} or more`);
    yield bytes;
  }
  if (written < expected) throw mismatch(dtype, shape, written / bytesPerElement(dtype));
}

function bytesOf(dtype: Dtype, data: TensorArray): Uint8Array {
  const arrayName = arrayNameOf(dtype);
  if (ArrayBuffer.isView(data) && data[Symbol.toStringTag] === arrayName) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  const got = ArrayBuffer.isView(data) ? data[Symbol.toStringTag] : data;
  throw error('data-mismatch', { subject: NAME, rule: `${dtype} needs data in a ${arrayName}`, got });
}

function mismatch(dtype: Dtype, shape: readonly number[], got: unknown): Error {
  const count = product(shape);
  const rule = `${dtype} [${shape.join(', ')}] needs ${counted(count, 'number')}`;
  return error('data-mismatch', { subject: NAME, rule, got });
}
