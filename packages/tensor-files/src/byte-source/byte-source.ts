import { checkArgument } from '@ttrec/core/options';
import { error } from '../error.ts';

/** Bytes that can be read at any offset: a file, a `Blob`, a file on a web server. */
export interface ByteSource {
  /** A path, an address or a name, shown in errors. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Returns all bytes from `offset` to `offset + length`, in an array that spans its buffer.
   * @throws `tensor-files/truncated-data` if the source ends before, `…/cannot-read`
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Closing twice is allowed. */
  close(): Promise<void>;
}

export function endsTooSoon(name: string, offset: number, length: number, end: number): Error {
  const rule = `bytes ${offset} to ${offset + length} must be in the file`;
  return error('truncated-data', { subject: name, rule, got: `a file that ends at ${end}` });
}

/** Returns a source of bytes in memory. @param name shown in errors */
export function bytesSource(bytes: Uint8Array, name = 'bytes in memory'): ByteSource {
  checkArgument(error, 'bytesSource, bytes', bytes, 'a Uint8Array', 'length', 'subarray');
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => {
      if (offset + length > bytes.length) throw endsTooSoon(name, offset, length, bytes.length);
      const copy = new Uint8Array(length);
      copy.set(bytes.subarray(offset, offset + length));
      return copy;
    },
    close: async () => undefined,
  };
}

/** Returns a source of a `Blob`, such as a `File` from a form. Only what is read is loaded. */
export function blobSource(blob: Blob, name = blob instanceof File ? blob.name : 'blob'): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => {
      if (offset + length > blob.size) throw endsTooSoon(name, offset, length, blob.size);
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        const got = cause instanceof Error ? cause.message : cause;
        throw error('cannot-read', { subject: name, rule: 'must be readable', got, cause });
      }
    },
    close: async () => undefined,
  };
}
