import { open, stat, type FileHandle } from 'node:fs/promises';
import { endsTooSoon, type ByteSource } from '../byte-source/byte-source.ts';
import { error } from '../error.ts';
import { fileCall } from './file-error.ts';

/** The most that one system call reads; the system's limit is 2 GiB. */
const READ_BYTES = 1 << 30;

/**
 * Opens a file as a source. The caller must close it.
 * @throws `tensor-files/missing-file`, `tensor-files/cannot-read`
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  // Opening a pipe without a writer would not return.
  const found = await fileCall('read', path, () => stat(path));
  if (!found.isFile()) {
    const got = found.isDirectory() ? 'a folder (EISDIR)' : 'a device or a pipe';
    throw error('cannot-read', { subject: path, rule: 'must be a regular file', got });
  }
  const handle = await fileCall('read', path, () => open(path, 'r'));
  try {
    const { size } = await fileCall('read', path, () => handle.stat());
    return new FileSource(path, size, handle);
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  #handle: FileHandle | undefined;

  constructor(path: string, size: number, handle: FileHandle) {
    this.name = path;
    this.size = size;
    this.#handle = handle;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const handle = this.#handle;
    if (handle === undefined) {
      throw error('closed', { subject: this.name, rule: 'the file must be open', got: 'a closed file' });
    }
    // Checked before memory is allocated.
    if (offset + length > this.size) throw endsTooSoon(this.name, offset, length, this.size);
    const bytes = new Uint8Array(length);
    let got = 0;
    while (got < length) {
      const wanted = Math.min(READ_BYTES, length - got);
      const { bytesRead } = await fileCall('read', this.name, () =>
        handle.read(bytes, got, wanted, offset + got),
      );
      if (bytesRead === 0) throw endsTooSoon(this.name, offset, length, offset + got);
      got += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
