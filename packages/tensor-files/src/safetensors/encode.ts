import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import { namedTensors } from '../tensor/unique-names.ts';
import {
  arrayNameOf,
  bytesPerElement,
  checkByteOrder,
  itemBytes,
  type TensorArray,
} from '../tensor/dtype.ts';
import { checkedMetadata, headerTooLong } from './header.ts';
import {
  checkedByteLength,
  LENGTH_BYTES,
  MAX_HEADER_BYTES,
  METADATA_KEY,
  type Tensor,
  type TensorSource,
} from '../tensor/tensor.ts';

const SOURCE = 'safetensors file';
const ALIGNMENT = 8;

/**
 * Yields a safetensors file: the header, then the bytes of each tensor, as views of the caller's memory. Tensors of wider dtypes come
 * first, so that all are aligned.
 * @param metadata strings about the file
 * @param source shown in errors
 * @throws `tensor-files/big-endian`, `…/bad-tensor`, `…/unknown-dtype`, `…/bad-shape`, `…/duplicate-name`, `…/reserved-name`, `…/bad-metadata`,
 *   `…/header-too-long` before the first chunk; `…/data-mismatch` when a tensor is written
 */
export function* encodeSafetensors(
  tensors: Iterable<Tensor>,
  metadata: Readonly<Record<string, string>> = {},
  source = SOURCE,
): Generator<Uint8Array, void, undefined> {
  const ordered = inFileOrder(tensors, source);
  yield encodeHeader(ordered, metadata, source);
  for (const tensor of ordered) yield bytesOf(subjectOf(source, tensor), tensor, tensor.data);
}

/**
 * Like `encodeSafetensors`, but fetches the numbers of a tensor when it is written and releases them afterwards: at most one fetched
 * tensor is in memory. The stream throws what a fetch throws.
 */
export async function* streamSafetensors(
  tensors: Iterable<TensorSource>,
  metadata: Readonly<Record<string, string>> = {},
  source = SOURCE,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ordered = inFileOrder(tensors, source);
  yield encodeHeader(ordered, metadata, source);
  for (const tensor of ordered) {
    const subject = subjectOf(source, tensor);
    if (tensor.pieces) yield* bytesOfPieces(subject, tensor, tensor.pieces());
    else {
      const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data;
      yield bytesOf(subject, tensor, data);
    }
  }
}

/** @throws `tensor-files/data-mismatch` */
async function* bytesOfPieces(
  subject: string,
  { dtype, shape }: TensorSource,
  pieces: AsyncIterable<TensorArray>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const items = checkedByteLength(subject, dtype, shape) / itemBytes(dtype);
  let written = 0;
  for await (const piece of pieces) {
    yield bytesOf(subject, { dtype, shape: [piece.length] }, piece);
    written += piece.length;
  }
  if (written === items) return;
  const rule = `${dtype} [${shape.join(', ')}] needs pieces of ${counted(items, 'item')} together`;
  throw error('data-mismatch', { subject, rule, got: written });
}

function inFileOrder<T extends Tensor | TensorSource>(tensors: Iterable<T>, source: string): T[] {
  checkByteOrder();
  return checkTensors(tensors, source).sort((a, b) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
}

/**
 * Returns the tensors as a list, after all checks that do not depend on the numbers.
 * @throws `tensor-files/bad-tensor`, `…/unknown-dtype`, `…/bad-shape`, `…/duplicate-name`, `…/reserved-name`
 */
export function checkTensors<T extends Tensor | TensorSource>(tensors: Iterable<T>, source = SOURCE): T[] {
  const list = namedTensors(source, tensors);
  for (const tensor of list) checkedByteLength(subjectOf(source, tensor), tensor.dtype, tensor.shape);
  if (!list.some(({ name }) => name === METADATA_KEY)) return list;
  const rule = 'the format keeps this name for metadata, so no tensor may have it';
  throw error('reserved-name', { subject: source, rule, got: METADATA_KEY });
}

/** The length, the JSON and the padding. An object would reorder names that are integers, so entries are joined here. */
function encodeHeader(
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
  source: string,
): Uint8Array {
  const strings = JSON.stringify(checkedMetadata(source, metadata));
  const entries = strings === '{}' ? [] : [`"${METADATA_KEY}":${strings}`];
  let begin = 0;
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    const end = begin + checkedByteLength(subjectOf(source, tensor), dtype, shape);
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  if (length > MAX_HEADER_BYTES) throw headerTooLong(source, length);
  const header = new Uint8Array(LENGTH_BYTES + length).fill(' '.charCodeAt(0));
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, LENGTH_BYTES);
  return header;
}

/** @throws `tensor-files/data-mismatch` */
export function bytesOf(
  subject: string,
  { dtype, shape }: Pick<TensorSource, 'dtype' | 'shape'>,
  data: TensorArray,
): Uint8Array {
  const byteLength = checkedByteLength(subject, dtype, shape);
  const arrayName = arrayNameOf(dtype);
  if (!ArrayBuffer.isView(data) || data[Symbol.toStringTag] !== arrayName || data.byteLength !== byteLength) {
    const length = byteLength / itemBytes(dtype);
    const rule = `${dtype} [${shape.join(', ')}] needs data in a ${arrayName} of length ${length}`;
    const got = ArrayBuffer.isView(data) ? `${data[Symbol.toStringTag]} of length ${data.length}` : data;
    throw error('data-mismatch', { subject, rule, got });
  }
  return new Uint8Array(data.buffer, data.byteOffset, byteLength);
}

function subjectOf(source: string, { name }: { readonly name: string }): string {
  return `${source}: tensor "${name}"`;
}
