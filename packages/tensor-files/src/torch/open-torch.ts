import type { ByteSource } from '../byte-source/byte-source.ts';
import { error } from '../error.ts';
import { readPickle } from '../pickle/read-pickle.ts';
import {
  arrayOver,
  bytesPerElement,
  checkByteOrder,
  type ArrayOfDtype,
  type Dtype,
  type TensorArray,
} from '../safetensors/dtype.ts';
import { checkRows } from '../safetensors/rows.ts';
import {
  checkExpected,
  tensorNamed,
  type ExpectedTensor,
  type LazyTensor,
  type TensorFile,
} from '../safetensors/tensor-file.ts';
import type { ZipEntry } from '../zip/central-entries.ts';
import { readEntry, readEntryRange } from '../zip/read-entry.ts';
import { readZipDirectory } from '../zip/zip-directory.ts';
import { namedTensors } from './named-tensors.ts';
import { stridedTensor, type StridedTensor } from './strided-tensor.ts';
import { torchObjects } from './torch-objects.ts';

/**
 * Opens what `torch.save` wrote (PyTorch 1.6 and later), for reading tensor by tensor. The pickle in it is read and not run:
 * whatever is not a dictionary of tensors, or of dictionaries of them, is refused by its name. Nested names are joined by dots;
 * text and numbers are in `metadata`. The source is closed with it.
 * @throws `tensor-files/not-torch`, `…/no-state-dict`, `…/storage-mismatch`, `…/bad-strides`, `…/bad-shape`, `…/duplicate-name`, the
 *   codes that begin with `zip-` and `pickle-`, and what the source throws; the source is closed then
 */
export async function openTorchFrom(source: ByteSource): Promise<TensorFile> {
  try {
    checkByteOrder();
    const { entries, folder } = await openArchive(source);
    const bytes = await readEntry(source, entries.get(`${folder}data.pkl`)!);
    const subject = `${source.name}: data.pkl`;
    const named = namedTensors(readPickle(bytes, subject, torchObjects), subject, bytes.length);
    const tensors = new Map(
      [...named.tensors].map(([name, view]) => {
        const entry = entries.get(`${folder}data/${view.storage.key}`);
        return [name, stridedTensor(source.name, name, view, entry)];
      }),
    );
    return new TorchFile(source, tensors, named.metadata);
  } catch (cause) {
    await source.close();
    throw cause;
  }
}

/** The entries, and the folder inside the file that all of them lie in. */
async function openArchive(
  source: ByteSource,
): Promise<{ entries: ReadonlyMap<string, ZipEntry>; folder: string }> {
  const entries = await readZipDirectory(source);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    const rule = 'must hold one data.pkl, in a folder, as torch.save writes it';
    const got = pickles.length === 0 ? 'none' : pickles;
    throw error('not-torch', { subject: source.name, rule, got });
  }
  const folder = pickles[0]!.slice(0, -'data.pkl'.length);
  const byteorder = entries.get(`${folder}byteorder`);
  if (byteorder !== undefined) {
    const got = new TextDecoder().decode(await readEntry(source, byteorder));
    if (got !== 'little')
      throw error('big-endian', { subject: source.name, rule: 'must be little-endian', got });
  }
  return { entries, folder };
}

class TorchFile implements TensorFile {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, LazyTensor>;
  readonly #source: ByteSource;
  readonly #strided: ReadonlyMap<string, StridedTensor>;

  constructor(
    source: ByteSource,
    tensors: ReadonlyMap<string, StridedTensor>,
    metadata: Readonly<Record<string, string>>,
  ) {
    this.name = source.name;
    this.metadata = metadata;
    this.tensors = tensors;
    this.#source = source;
    this.#strided = tensors;
  }

  async read<D extends Dtype>(name: string, expected?: ExpectedTensor<D>): Promise<ArrayOfDtype[D]> {
    const tensor = tensorNamed(this.name, this.#strided, name);
    checkExpected(`${this.name}: tensor "${name}"`, tensor, expected);
    return (await this.#numbers(tensor, 0, tensor.elements)) as ArrayOfDtype[D];
  }

  async readRows(name: string, begin: number, end: number): Promise<TensorArray> {
    const tensor = tensorNamed(this.name, this.#strided, name);
    checkRows(`${this.name}: tensor "${name}"`, tensor.shape, begin, end);
    const row = tensor.shape.slice(1).reduce((product, size) => product * size, 1);
    return this.#numbers(tensor, begin * row, end * row);
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  /** Elements `begin` to `end` of the tensor, counted row-major. */
  async #numbers(tensor: StridedTensor, begin: number, end: number): Promise<TensorArray> {
    const { dtype, offset, entry, rowMajor } = tensor;
    const width = bytesPerElement(dtype);
    if (entry === undefined || begin === end) return arrayOver(dtype, new ArrayBuffer(0));
    if (rowMajor) {
      const { buffer } = await readEntryRange(
        this.#source,
        entry,
        (offset + begin) * width,
        (offset + end) * width,
      );
      return arrayOver(dtype, buffer);
    }
    const { buffer } = await readEntry(this.#source, entry);
    return tensor.gather(arrayOver(dtype, buffer), begin, end);
  }
}
