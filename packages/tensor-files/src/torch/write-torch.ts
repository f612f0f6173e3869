import { product } from '@ttrec/core';
import { error } from '../error.ts';
import { namedTensors } from '../tensor/unique-names.ts';
import { PickleWriter } from '../pickle/pickle-writer.ts';
import { bytesOf } from '../safetensors/encode.ts';
import { checkByteOrder, type Dtype } from '../tensor/dtype.ts';
import { checkedByteLength, type TensorSource } from '../tensor/tensor.ts';
import { writeZip, type StoredFile } from '../zip/write-zip.ts';
import { storageOf, TORCH_DTYPES } from './torch-dtype.ts';

const SOURCE = 'torch file';
/** The folder in the ZIP file; PyTorch accepts any name. */
const FOLDER = 'archive';
/** Version of the container since PyTorch 1.6. */
const VERSION = '3\n';

/**
 * Yields a file for `torch.load`, also with `weights_only=True`: an OrderedDict of tensors, in the order given. The numbers of each
 * tensor are fetched when they are written.
 * @throws `tensor-files/big-endian`, `…/unknown-dtype`, `…/bad-shape`, `…/duplicate-name`, `…/bad-tensor` before the first chunk; `…/data-mismatch`
 *   when a tensor is written
 */
export async function* streamTorch(
  tensors: Iterable<TensorSource>,
): AsyncGenerator<Uint8Array, void, undefined> {
  checkByteOrder();
  const list = namedTensors(SOURCE, tensors);
  for (const tensor of list) {
    checkedByteLength(subjectOf(tensor), tensor.dtype, tensor.shape);
    checkTorchDtype(tensor);
  }
  yield* writeZip([
    inMemory('data.pkl', pickleOf(list)),
    inMemory('byteorder', new TextEncoder().encode('little')),
    ...list.map(storedTensor),
    inMemory('version', new TextEncoder().encode(VERSION)),
  ]);
}

function checkTorchDtype(tensor: TensorSource): void {
  if (storageOf(tensor.dtype) !== undefined) return;
  const rule = `PyTorch has storages of ${TORCH_DTYPES.join(', ')}`;
  throw error('unknown-dtype', { subject: subjectOf(tensor), rule, got: tensor.dtype });
}

function inMemory(name: string, bytes: Uint8Array): StoredFile {
  return { name: `${FOLDER}/${name}`, bytes: bytes.length, data: () => bytes };
}

function storedTensor(tensor: TensorSource, key: number): StoredFile {
  const subject = subjectOf(tensor);
  return {
    name: `${FOLDER}/data/${key}`,
    bytes: checkedByteLength(subject, tensor.dtype, tensor.shape),
    data: async () =>
      bytesOf(subject, tensor, typeof tensor.data === 'function' ? await tensor.data() : tensor.data),
  };
}

function pickleOf(tensors: readonly TensorSource[]): Uint8Array {
  const pickle = new PickleWriter();
  const orderedDict = () =>
    pickle
      .global('collections', 'OrderedDict')
      .tuple(() => undefined)
      .reduce();
  orderedDict().setItems(() => {
    tensors.forEach(({ name, dtype, shape }, key) => {
      pickle.text(name).global('torch._utils', '_rebuild_tensor_v2');
      pickle.tuple(() => {
        pickle.tuple(() => storage(pickle, key, dtype, shape)).persistentId();
        pickle.integer(0);
        pickle.tuple(() => shape.forEach((size) => pickle.integer(size)));
        pickle.tuple(() => stridesOf(shape).forEach((stride) => pickle.integer(stride)));
        pickle.false();
        orderedDict();
      });
      pickle.reduce();
    });
  });
  return pickle.end();
}

function storage(pickle: PickleWriter, key: number, dtype: Dtype, shape: readonly number[]): void {
  pickle.text('storage').global('torch', storageOf(dtype)!);
  pickle.text(`${key}`).text('cpu').integer(product(shape));
}

/** Row-major, in elements. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => product(shape.slice(axis + 1)));
}

function subjectOf({ name }: TensorSource): string {
  return `${SOURCE}: tensor "${name}"`;
}
