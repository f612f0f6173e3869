import { closed, error } from '../error.ts';
import { nodeModule } from '../node-module.ts';

/** Where bytes are: a place in a file, or a blob. Plain data, so that another thread can read them too. */
export type StoredBytes = { readonly at: number; readonly room: number } | Blob;

/** The file that has the bytes, open in this process; undefined if bytes are blobs. Plain data as well. */
export type ScratchPlace = { readonly descriptor: number; readonly file: string } | undefined;

export interface ScratchReader {
  /** Bytes `start` to `end` - 1 of those that are stored. */
  read(stored: StoredBytes, start: number, end: number): Promise<ArrayBuffer>;
}

/** Room for bytes that don't fit in memory. */
export interface Scratch extends ScratchReader {
  readonly place: ScratchPlace;
  /** Keeps a copy of bytes. */
  write(bytes: Uint8Array): Promise<StoredBytes>;
  /** Puts other bytes in their place. */
  overwrite(stored: StoredBytes, bytes: Uint8Array): Promise<StoredBytes>;
  /** Frees the room once pending reads have ended. Later reads throw `data/closed-dataset`. */
  close(): Promise<void>;
}

/** Reads from a scratch that another thread of this process or page has opened. */
export function scratchReader(place: ScratchPlace): ScratchReader {
  return place === undefined ? blobs : new ScratchFile(place);
}

/** In Node a file that is gone when the process ends, in a page what the browser keeps of blobs, on disk if they are large. */
export function openScratch(): Promise<Scratch> {
  return nodeModule('node:fs') === undefined ? Promise.resolve(blobScratch) : openFile();
}

const blobs: ScratchReader = {
  read: (stored, start, end) => (stored as Blob).slice(start, end).arrayBuffer(),
};

const blobScratch: Scratch = {
  ...blobs,
  place: undefined,
  write: (bytes) => Promise.resolve(new Blob([bytes as Uint8Array<ArrayBuffer>])),
  overwrite: (_, bytes) => blobScratch.write(bytes),
  close: () => Promise.resolve(),
};

class ScratchFile implements ScratchReader {
  readonly place: NonNullable<ScratchPlace>;
  readonly #reads = new Set<Promise<number>>();
  #isClosed = false;

  constructor(place: NonNullable<ScratchPlace>) {
    this.place = place;
  }

  async read(stored: StoredBytes, start: number, end: number): Promise<ArrayBuffer> {
    const { descriptor, file } = this.place;
    const { at } = stored as Exclude<StoredBytes, Blob>;
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length;) {
      // Another file may have the descriptor once this one is closed.
      if (this.#isClosed) throw closed();
      const reading = readAt(descriptor, bytes.subarray(done), at + start + done);
      this.#reads.add(reading);
      const read = await reading.finally(() => this.#reads.delete(reading));
      if (read === 0)
        throw error('no-scratch', { subject: file, rule: 'must keep what was written', got: 'its end' });
      done += read;
    }
    return bytes.buffer;
  }

  /** Refuses further reads. Resolves when the pending ones have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#reads);
  }
}

function readAt(descriptor: number, bytes: Uint8Array, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    nodeModule('node:fs')!.read(descriptor, bytes, 0, bytes.length, at, (failure, read) =>
      failure ? reject(failure) : resolve(read),
    );
  });
}

/** Closes the files of data that is no longer in use. Holds only descriptors: a reference to the scratch would keep it from being collected. */
const unused = new FinalizationRegistry<number>(closeFile);

function closeFile(descriptor: number): void {
  nodeModule('node:fs')!.close(descriptor, () => undefined);
}

/** @throws `data/no-scratch` */
async function openFile(): Promise<Scratch> {
  const fs = nodeModule('node:fs')!;
  const { promisify } = nodeModule('node:util')!;
  const folder = nodeModule('node:os')!.tmpdir();
  const file = nodeModule('node:path')!.join(folder, `ttrec-rows-${process.pid}-${performance.now()}`);
  // A plain descriptor: what a FileHandle has open is closed, with a warning, when it is collected.
  const descriptor = await promisify(fs.open)(file, 'wx+', 0o600).catch((cause: unknown) => {
    throw refused(file, cause);
  });
  // Without a name it takes no room once the process has ended, however it ends.
  await promisify(fs.unlink)(file).catch(() => undefined);
  return new OwnScratchFile({ descriptor, file });
}

/** The file of the thread that opened it. */
class OwnScratchFile extends ScratchFile implements Scratch {
  #length = 0;

  constructor(place: NonNullable<ScratchPlace>) {
    super(place);
    unused.register(this, place.descriptor, this);
  }

  async write(bytes: Uint8Array): Promise<StoredBytes> {
    const at = this.#length;
    this.#length += bytes.length;
    await this.#put(bytes, at);
    return { at, room: bytes.length };
  }

  async overwrite(stored: StoredBytes, bytes: Uint8Array): Promise<StoredBytes> {
    const { at, room } = stored as Exclude<StoredBytes, Blob>;
    if (bytes.length > room) return this.write(bytes);
    await this.#put(bytes, at);
    return stored;
  }

  override async close(): Promise<void> {
    const isOpen = unused.unregister(this);
    await super.close();
    if (isOpen) closeFile(this.place.descriptor);
  }

  async #put(bytes: Uint8Array, at: number): Promise<void> {
    const { descriptor, file } = this.place;
    const writeAt = nodeModule('node:util')!.promisify(nodeModule('node:fs')!.write);
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await writeAt(descriptor, bytes, done, bytes.length - done, at + done).catch(
        (cause: unknown) => {
          throw refused(file, cause);
        },
      );
      done += bytesWritten;
    }
  }
}

function refused(file: string, cause: unknown): Error {
  return error('no-scratch', {
    subject: nodeModule('node:path')!.dirname(file),
    rule: 'must have room for the rows that do not fit in memory',
    got: cause instanceof Error ? cause.message : String(cause),
    hint: 'Set TMPDIR to a folder with more room, or raise cacheBytes.',
    cause,
  });
}
