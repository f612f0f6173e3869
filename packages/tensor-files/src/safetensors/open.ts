import { checkArgument } from '@ttrec/core/options';
import { error } from '../error.ts';
import type { ByteSource } from '../byte-source/byte-source.ts';
import { FORMAT_BYTES } from '../known-formats.ts';
import { arrayOver, type ArrayOfDtype, type Dtype, type TensorArray } from '../tensor/dtype.ts';
import { readHeaderLength, readSafetensorsHeader, type SafetensorsHeader } from './header.ts';
import { checkRows, rowBytes } from '../tensor/rows.ts';
import { checkExpected, tensorNamed, type ExpectedTensor, type TensorFile } from '../tensor/tensor-file.ts';
import { LENGTH_BYTES, type TensorInfo } from '../tensor/tensor.ts';

/**
 * Opens a safetensors file over a source, in a browser over a `blobSource` or an `httpSource`. Closing the file closes the source.
 * @throws the codes of `readSafetensorsHeader`, and what the source throws; the source is closed then
 */
export async function openSafetensorsFrom(source: ByteSource): Promise<TensorFile<TensorInfo>> {
  checkArgument(error, 'openSafetensorsFrom, source', source, 'a source of bytes', 'name', 'read', 'close');
  try {
    return new SafetensorsFile(source, await readHeader(source));
  } catch (cause) {
    await source.close();
    throw cause;
  }
}

async function readHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const options = { source: source.name, totalBytes: source.size };
  const first = await source.read(0, Math.min(LENGTH_BYTES, source.size));
  let headerBytes: number;
  try {
    headerBytes = readHeaderLength(first, options);
  } catch (cause) {
    // With more bytes, this names more formats.
    readHeaderLength(await source.read(0, Math.min(FORMAT_BYTES, source.size)), options);
    throw cause;
  }
  return readSafetensorsHeader(await source.read(0, LENGTH_BYTES + headerBytes), options);
}

class SafetensorsFile implements TensorFile<TensorInfo> {
  readonly name: string;
  readonly metadata: SafetensorsHeader['metadata'];
  readonly tensors: SafetensorsHeader['tensors'];
  readonly unreadable: SafetensorsHeader['unreadable'];
  readonly #source: ByteSource;

  constructor(source: ByteSource, header: SafetensorsHeader) {
    this.name = source.name;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
    this.unreadable = header.unreadable;
    this.#source = source;
  }

  async read<D extends Dtype>(name: string, expected?: ExpectedTensor<D>): Promise<ArrayOfDtype[D]> {
    const info = tensorNamed(this, this.tensors, name);
    checkExpected(`${this.name}: tensor "${name}"`, info, expected);
    const { buffer } = await this.#source.read(info.byteOffset, info.byteLength);
    return arrayOver(info.dtype, buffer) as ArrayOfDtype[D];
  }

  async readRows(name: string, begin: number, end: number): Promise<TensorArray> {
    const info = tensorNamed(this, this.tensors, name);
    checkRows(`${this.name}: tensor "${name}"`, info.shape, begin, end);
    const bytes = rowBytes(info);
    const { buffer } = await this.#source.read(info.byteOffset + begin * bytes, (end - begin) * bytes);
    return arrayOver(info.dtype, buffer);
  }

  async close(): Promise<void> {
    await this.#source.close();
  }
}
