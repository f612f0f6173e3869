import type { ByteSource } from '../byte-source/byte-source.ts';
import { error } from '../error.ts';
import { FORMAT_BYTES } from '../known-formats.ts';
import { arrayOver, type ArrayOfDtype, type Dtype, type TensorArray } from '../tensor/dtype.ts';
import { checkRows, rowBytes } from '../tensor/rows.ts';
import { npyHeaderRange, readNpyHeader, type NpyHeader } from './npy-header.ts';

/** An open npy file. Only its header is in memory; numbers are read on demand. */
export interface NpyFile {
  readonly name: string;
  readonly dtype: Dtype;
  /** Row-major; [] for a scalar. */
  readonly shape: readonly number[];
  /**
   * Reads the whole array. @throws `tensor-files/tensor-mismatch` if it has another dtype, `…/truncated-data`, `…/cannot-read`
   */
  read(): Promise<TensorArray>;
  read<D extends Dtype>(dtype: D): Promise<ArrayOfDtype[D]>;
  /**
   * Reads only rows `begin` to `end` - 1 of the first axis.
   * @throws `tensor-files/rows-out-of-range`, and the codes of `read`
   */
  readRows(begin: number, end: number): Promise<TensorArray>;
  readRows<D extends Dtype>(begin: number, end: number, dtype: D): Promise<ArrayOfDtype[D]>;
  close(): Promise<void>;
}

/**
 * Opens an npy file over a source, in a browser over a `blobSource` or an `httpSource`. Closing the file closes the source.
 * @throws the codes of `readNpyHeader`, and what the source throws; the source is closed then
 */
export async function openNpyFrom(source: ByteSource): Promise<NpyFile> {
  try {
    const { name, size } = source;
    const first = await source.read(0, Math.min(FORMAT_BYTES, size));
    const { end } = npyHeaderRange(first, name);
    const bytes = await source.read(0, Math.min(end, size));
    return new OpenNpy(source, readNpyHeader(bytes, name, size));
  } catch (cause) {
    await source.close();
    throw cause;
  }
}

class OpenNpy implements NpyFile {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly #source: ByteSource;
  readonly #header: NpyHeader;

  constructor(source: ByteSource, header: NpyHeader) {
    this.name = source.name;
    this.dtype = header.dtype;
    this.shape = header.shape;
    this.#source = source;
    this.#header = header;
  }

  async read<D extends Dtype>(dtype?: D): Promise<ArrayOfDtype[D]> {
    return this.#numbers(this.#header.byteOffset, this.#header.byteLength, dtype);
  }

  async readRows<D extends Dtype>(begin: number, end: number, dtype?: D): Promise<ArrayOfDtype[D]> {
    checkRows(this.name, this.shape, begin, end);
    const bytes = rowBytes(this.#header);
    return this.#numbers(this.#header.byteOffset + begin * bytes, (end - begin) * bytes, dtype);
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  async #numbers<D extends Dtype>(offset: number, length: number, dtype?: D): Promise<ArrayOfDtype[D]> {
    if (dtype !== undefined && dtype !== this.dtype) {
      throw error('tensor-mismatch', { subject: this.name, rule: `must be ${dtype}`, got: this.dtype });
    }
    const { buffer } = await this.#source.read(offset, length);
    return arrayOver(this.dtype, buffer) as ArrayOfDtype[D];
  }
}
