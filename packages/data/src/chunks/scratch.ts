import { error } from '../error.ts';

/** Room for bytes that don't fit in memory. */
export interface Scratch {
  /** Keeps a copy of bytes. */
  write(bytes: Uint8Array): Promise<StoredBytes>;
}

export interface StoredBytes {
  /** Bytes `start` to `end` - 1. */
  read(start: number, end: number): Promise<ArrayBuffer>;
  /** Puts other bytes in their place. */
  overwrite(bytes: Uint8Array): Promise<StoredBytes>;
}

/** In Node a file that is gone when the process ends, in a page what the browser keeps of blobs, on disk if they are large. */
export function openScratch(): Promise<Scratch> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node === undefined ? Promise.resolve(blobScratch) : openFile();
}

const blobScratch: Scratch = {
  write(bytes) {
    const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
    return Promise.resolve({
      read: (start, end) => blob.slice(start, end).arrayBuffer(),
      overwrite: (others) => blobScratch.write(others),
    });
  },
};

/** Closes the files of data that is no longer in use. */
const unused = new FinalizationRegistry<() => void>((close) => {
  close();
});

/** @throws `data/no-scratch` */
async function openFile(): Promise<Scratch> {
  const [fs, { tmpdir }, path, { promisify }] = await Promise.all([
    import('node:fs'),
    import('node:os'),
    import('node:path'),
    import('node:util'),
  ]);
  const folder = tmpdir();
  const refused = (cause: unknown): never => {
    throw error('no-scratch', {
      subject: folder,
      rule: 'must have room for the rows that do not fit in memory',
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'Set TMPDIR to a folder with more room, or raise cacheBytes.',
      cause,
    });
  };
  const file = path.join(folder, `ttrec-rows-${process.pid}-${performance.now()}`);
  // A plain descriptor: what a FileHandle has open is closed, with a warning, when it is collected.
  const descriptor = await promisify(fs.open)(file, 'wx+', 0o600).catch(refused);
  // Without a name it takes no room once the process has ended, however it ends.
  await promisify(fs.unlink)(file).catch(() => undefined);
  const [writeAt, readAt] = [promisify(fs.write), promisify(fs.read)];
  let length = 0;
  const put = async (bytes: Uint8Array, at: number) => {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await writeAt(descriptor, bytes, done, bytes.length - done, at + done).catch(
        refused,
      );
      done += bytesWritten;
    }
  };
  const stored = (at: number, room: number): StoredBytes => ({
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await readAt(descriptor, bytes, done, bytes.length - done, at + start + done);
        if (bytesRead === 0)
          throw error('no-scratch', { subject: file, rule: 'must keep what was written', got: 'its end' });
        done += bytesRead;
      }
      return bytes.buffer;
    },
    async overwrite(bytes) {
      if (bytes.length > room) return scratch.write(bytes);
      await put(bytes, at);
      return stored(at, room);
    },
  });
  const scratch: Scratch = {
    async write(bytes) {
      const at = length;
      length += bytes.length;
      await put(bytes, at);
      return stored(at, bytes.length);
    },
  };
  unused.register(scratch, () => {
    fs.close(descriptor, () => undefined);
  });
  return scratch;
}
