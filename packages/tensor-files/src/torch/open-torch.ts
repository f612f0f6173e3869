import type { ByteSource } from '../byte-source/byte-source.ts';
import { isTtrecError, product } from '@ttrec/core';
import { checkArgument } from '@ttrec/core/options';
import { error } from '../error.ts';
import { FORMAT_BYTES, knownFormat, knownZip } from '../known-formats.ts';
import { readPickle } from '../pickle/read-pickle.ts';
import {
  arrayOver,
  bytesPerElement,
  checkByteOrder,
  type ArrayOfDtype,
  type Dtype,
  type TensorArray,
} from '../tensor/dtype.ts';
import { checkRows } from '../tensor/rows.ts';
import {
  checkExpected,
  tensorNamed,
  type ExpectedTensor,
  type LazyTensor,
  type TensorFile,
} from '../tensor/tensor-file.ts';
import type { ZipEntry } from '../zip/central-entries.ts';
import { readEntry, readEntryRange } from '../zip/read-entry.ts';
import { readZipDirectory } from '../zip/zip-directory.ts';
import { namedTensors } from './named-tensors.ts';
import { stridedTensor, type StridedTensor } from './strided-tensor.ts';
import { torchObjects, type StorageView, type TensorFault } from './torch-objects.ts';

/**
 * Opens a file of `torch.save` (PyTorch 1.6 and later). Its pickle is read and not run. Objects other than tensors and collections of
 * tensors are ignored. Nested names are joined by dots; text and numbers are in `metadata`. Tensors that cannot be read are in
 * `unreadable`. Closing the file closes the source.
 * @throws `tensor-files/not-zip`, `…/not-torch`, `…/no-state-dict`, `…/duplicate-name`, the codes that begin with `zip-` and `pickle-`, and
 *   what the source throws; the source is closed then
 */
export async function openTorchFrom(source: ByteSource): Promise<TensorFile> {
  checkArgument(error, 'openTorchFrom, source', source, 'a source of bytes', 'name', 'read', 'close');
  try {
    checkByteOrder();
    const { entries, folder } = await openArchive(source);
    const bytes = await readEntry(source, entries.get(`${folder}data.pkl`)!);
    const subject = `${source.name}: data.pkl`;
    const named = namedTensors(readPickle(bytes, subject, torchObjects), subject, bytes.length);
    const tensors = new Map<string, StridedTensor>();
    const unreadable = new Map<string, Error>();
    for (const [name, view] of named.tensors) {
      try {
        tensors.set(
          name,
          tensorOf(source.name, name, view, (key) => entries.get(`${folder}data/${key}`)),
        );
      } catch (fault) {
        if (!isTtrecError(fault)) throw fault;
        unreadable.set(name, fault);
      }
    }
    return new TorchFile(source, { tensors, unreadable, metadata: named.metadata });
  } catch (cause) {
    await source.close();
    throw cause;
  }
}

function tensorOf(
  file: string,
  name: string,
  view: StorageView | TensorFault,
  entryOf: (key: string) => ZipEntry | undefined,
): StridedTensor {
  if (!('code' in view)) return stridedTensor(file, name, view, entryOf(view.key));
  const { code, ...parts } = view;
  throw error(code, { subject: `${file}: tensor "${name}"`, ...parts });
}

/** The entries, and the folder inside the file that all of them lie in. */
async function openArchive(
  source: ByteSource,
): Promise<{ entries: ReadonlyMap<string, ZipEntry>; folder: string }> {
  const entries = await entriesOf(source);
  const names = [...entries.keys()];
  const pickles = names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const other = knownZip(names);
  if (pickles.length !== 1 || other !== undefined) {
    throw error('not-torch', {
      subject: source.name,
      rule: 'must hold one data.pkl, in a folder, as torch.save writes it',
      got: other?.what ?? (pickles.length === 0 ? `a ZIP file of ${names.slice(0, 5).join(', ')}` : pickles),
      hint: other?.hint ?? 'Save model.state_dict() with torch.save.',
    });
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

async function entriesOf(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  try {
    return await readZipDirectory(source);
  } catch (cause) {
    if (!isTtrecError(cause, 'tensor-files/not-zip')) throw cause;
    const known = knownFormat(await source.read(0, Math.min(FORMAT_BYTES, source.size)));
    // This is a damaged ZIP file, and not another format.
    if (known === undefined || known.isZip) throw cause;
    const rule = 'must be a ZIP file, as torch.save of PyTorch 1.6 and later writes it';
    throw error('not-zip', { subject: source.name, rule, got: known.what, hint: known.hint });
  }
}

class TorchFile implements TensorFile {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, LazyTensor>;
  readonly unreadable: ReadonlyMap<string, Error>;
  readonly #source: ByteSource;
  readonly #strided: ReadonlyMap<string, StridedTensor>;

  constructor(
    source: ByteSource,
    {
      tensors,
      unreadable,
      metadata,
    }: Pick<TensorFile, 'unreadable' | 'metadata'> & { readonly tensors: ReadonlyMap<string, StridedTensor> },
  ) {
    this.name = source.name;
    this.metadata = metadata;
    this.tensors = tensors;
    this.unreadable = unreadable;
    this.#source = source;
    this.#strided = tensors;
  }

  async read<D extends Dtype>(name: string, expected?: ExpectedTensor<D>): Promise<ArrayOfDtype[D]> {
    const tensor = tensorNamed(this, this.#strided, name);
    checkExpected(`${this.name}: tensor "${name}"`, tensor, expected);
    return (await this.#numbers(tensor, 0, tensor.elements)) as ArrayOfDtype[D];
  }

  async readRows(name: string, begin: number, end: number): Promise<TensorArray> {
    const tensor = tensorNamed(this, this.#strided, name);
    checkRows(`${this.name}: tensor "${name}"`, tensor.shape, begin, end);
    const row = product(tensor.shape.slice(1));
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
