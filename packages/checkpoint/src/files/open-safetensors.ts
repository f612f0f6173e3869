import { nearest } from '@ttrec/errors';
import { open, type FileHandle } from 'node:fs/promises';
import { error } from '../error.ts';
import { arrayOver, type ArrayOfDtype, type Dtype, type TensorArray } from '../safetensors/dtype.ts';
import { readHeaderLength, readSafetensorsHeader, type SafetensorsHeader } from '../safetensors/header.ts';
import { LENGTH_BYTES, type TensorInfo } from '../safetensors/tensor.ts';
import { fileCall } from './file-error.ts';

/** What the reader counts on, such as the table it is about to fill. */
export interface ExpectedTensor<D extends Dtype> {
  readonly dtype: D;
  readonly shape: readonly number[];
}

/** An open safetensors file. Holds its header; numbers stay on the disk until they are read. */
export interface TensorFile extends SafetensorsHeader {
  readonly path: string;
  /**
   * Reads one tensor into memory of its own, row-major.
   * @throws `checkpoint/unknown-tensor`, `…/tensor-mismatch` (not what was expected), `…/truncated-data` (the file became
   *   shorter since it was opened), `…/closed`, `…/cannot-read`
   */
  read(name: string): Promise<TensorArray>;
  read<D extends Dtype>(name: string, expected: ExpectedTensor<D>): Promise<ArrayOfDtype[D]>;
  /** Closing twice is allowed. */
  close(): Promise<void>;
}

/** One system call reads at most this much: the system's own limit is 2 GiB. */
const READ_BYTES = 1 << 30;

/**
 * Opens a safetensors file for reading tensor by tensor. The caller closes it.
 * @throws `checkpoint/missing-file`, `…/cannot-read`, and the codes of `readSafetensorsHeader`
 */
export async function openSafetensors(path: string): Promise<TensorFile> {
  const handle = await fileCall('read', path, () => open(path, 'r'));
  try {
    return new OpenTensorFile(path, handle, await readHeader(path, handle));
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

async function readHeader(path: string, handle: FileHandle): Promise<SafetensorsHeader> {
  const { size: totalBytes } = await fileCall('read', path, () => handle.stat());
  const first = await readRange(path, handle, 0, Math.min(LENGTH_BYTES, totalBytes));
  const headerBytes = readHeaderLength(first, { source: path, totalBytes });
  const bytes = await readRange(path, handle, 0, LENGTH_BYTES + headerBytes);
  return readSafetensorsHeader(bytes, { source: path, totalBytes });
}

class OpenTensorFile implements TensorFile {
  readonly path: string;
  readonly metadata: SafetensorsHeader['metadata'];
  readonly tensors: SafetensorsHeader['tensors'];
  #handle: FileHandle | undefined;

  constructor(path: string, handle: FileHandle, header: SafetensorsHeader) {
    this.path = path;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
    this.#handle = handle;
  }

  async read<D extends Dtype>(name: string, expected?: ExpectedTensor<D>): Promise<ArrayOfDtype[D]> {
    const subject = `${this.path}: tensor "${name}"`;
    if (this.#handle === undefined) {
      throw error('closed', { subject, rule: 'the file must be open', got: 'a closed file' });
    }
    const info = this.tensors.get(name);
    if (info === undefined) throw unknownTensor(this.path, name, this.tensors.keys());
    if (expected !== undefined) checkExpected(subject, info, expected);
    const bytes = await readRange(this.path, this.#handle, info.byteOffset, info.byteLength);
    return arrayOver(info.dtype, bytes.buffer) as ArrayOfDtype[D];
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

async function readRange(
  path: string,
  handle: FileHandle,
  begin: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let got = 0;
  while (got < length) {
    const wanted = Math.min(READ_BYTES, length - got);
    const { bytesRead } = await fileCall('read', path, () => handle.read(bytes, got, wanted, begin + got));
    if (bytesRead === 0) {
      const rule = `bytes ${begin} to ${begin + length} must be in the file`;
      throw error('truncated-data', { subject: path, rule, got: `a file that ends at ${begin + got}` });
    }
    got += bytesRead;
  }
  return bytes;
}

function unknownTensor(path: string, name: string, names: Iterable<string>): Error {
  const meant = nearest(name, names);
  const hint = meant === undefined ? {} : { hint: `Did you mean "${meant}"?` };
  return error('unknown-tensor', {
    subject: path,
    rule: 'the file must hold the tensor',
    got: `"${name}"`,
    ...hint,
  });
}

function checkExpected(subject: string, info: TensorInfo, expected: ExpectedTensor<Dtype>): void {
  const wanted = `${expected.dtype} [${expected.shape.join(', ')}]`;
  const got = `${info.dtype} [${info.shape.join(', ')}]`;
  if (got !== wanted) throw error('tensor-mismatch', { subject, rule: `must be ${wanted}`, got });
}
