import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import { arrayOver, bytesPerElement, itemBytes, type Dtype, type TensorArray } from '../tensor/dtype.ts';
import { checkedByteLength } from '../tensor/tensor.ts';
import type { LazyTensor } from '../tensor/tensor-file.ts';
import type { ZipEntry } from '../zip/central-entries.ts';
import type { StorageView } from './torch-objects.ts';

/** A tensor of a PyTorch file: a strided view of the numbers in one entry. */
export interface StridedTensor extends LazyTensor {
  readonly elements: number;
  /** The entry with the numbers; undefined for an empty tensor. */
  readonly entry: ZipEntry | undefined;
  /** Of the first element, in elements. */
  readonly offset: number;
  /** The elements follow each other in the entry. */
  readonly rowMajor: boolean;
  /** Elements `begin` to `end`, counted row-major, out of all numbers of the entry. @throws `tensor-files/bad-strides` for too many */
  gather(storage: TensorArray, begin: number, end: number): TensorArray;
}

/** The most bytes that one read of a tensor with repeated numbers returns … */
const MAX_REPEATED_BYTES = 2 ** 26;
/** … or this many times the bytes of its storage, if that is more. */
const MAX_REPEATS = 100;

/**
 * Checks that a tensor lies within its storage, and the storage is its entry.
 * @throws `tensor-files/storage-mismatch`, `tensor-files/bad-strides`, `tensor-files/bad-shape`
 */
export function stridedTensor(
  file: string,
  name: string,
  { dtype, key, length, offset, shape, strides }: StorageView,
  entry: ZipEntry | undefined,
): StridedTensor {
  const subject = `${file}: tensor "${name}"`;
  const elements = checkedByteLength(subject, dtype, shape) / bytesPerElement(dtype);
  const bytes = checkedByteLength(subject, dtype, [length]);
  // PyTorch writes no entry for an empty storage.
  if (entry === undefined ? length > 0 : entry.bytes !== bytes) {
    const rule = `${dtype} [${length}] takes ${counted(bytes, 'byte')}, and so must data/${key}`;
    throw error('storage-mismatch', { subject, rule, got: entry?.bytes ?? 'none' });
  }
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  if (elements > 0 && last >= length) {
    const rule = `must lie within the ${counted(length, 'number')} of its storage`;
    const hint = 'Save tensor.contiguous().';
    throw error('bad-strides', { subject, rule, got: { offset, shape, strides }, hint });
  }
  const view = { offset, shape, strides };
  return {
    name,
    dtype,
    shape,
    elements,
    entry,
    offset,
    rowMajor: isRowMajor(shape, strides),
    gather: (numbers, begin, end) => {
      requireRoom(subject, { dtype, length, elements: end - begin });
      return gather(numbers, dtype, { ...view, begin, end });
    },
  };
}

/** A tensor of stride 0 can claim any size. */
function requireRoom(
  subject: string,
  { dtype, length, elements }: { readonly dtype: Dtype; readonly length: number; readonly elements: number },
): void {
  const width = bytesPerElement(dtype);
  const most = Math.max(MAX_REPEATED_BYTES, MAX_REPEATS * length * width);
  if (elements <= length || elements * width <= most) return;
  throw error('bad-strides', {
    subject,
    rule: `repeats the ${counted(length, 'number')} of its storage, of which one read may return at most ${counted(most, 'byte')}`,
    got: elements * width,
    hint: 'Read it by rows, or save tensor.contiguous().',
  });
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis]! > 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

interface Selection extends Pick<StorageView, 'offset' | 'shape' | 'strides'> {
  readonly begin: number;
  readonly end: number;
}

function gather(storage: TensorArray, dtype: Dtype, selection: Selection): TensorArray {
  const { offset, shape, strides, begin, end } = selection;
  const items = bytesPerElement(dtype) / itemBytes(dtype);
  const out = arrayOver(dtype, new ArrayBuffer((end - begin) * bytesPerElement(dtype)));
  for (let i = begin; i < end; i++) {
    let rest = i;
    let at = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis]!;
      at += (rest % size) * strides[axis]!;
      rest = Math.floor(rest / size);
    }
    for (let item = 0; item < items; item++) out[(i - begin) * items + item] = storage[at * items + item]!;
  }
  return out;
}
