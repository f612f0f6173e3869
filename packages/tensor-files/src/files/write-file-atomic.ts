import { createHash } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { FileDigest } from './digest.ts';
import { checkPath, fileCall } from './file-error.ts';
import { removeQuietly, sweepTemporaries, temporaryName } from './temporary.ts';

export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** One system call writes at most this much: the system's own limit is 2 GiB. */
const WRITE_BYTES = 1 << 26;

/**
 * Replaces the file at `path`, or leaves it as it was: readers see the old content or all of the new, even
 * when the process or the machine dies midway. Writes to a temporary name in the same folder, syncs, renames, syncs the
 * folder. When this throws, the temporary file is gone; one left by a process that was killed goes with the next write.
 * @throws `tensor-files/bad-path`, `tensor-files/cannot-write`, or whatever `chunks` throws
 */
export async function writeFileAtomic(path: string, chunks: Chunks): Promise<FileDigest> {
  checkPath(path);
  const temporary = temporaryName(path);
  try {
    await sweepTemporaries(dirname(path), (target) => (target === basename(path) ? 'abandoned' : undefined));
    const digest = await writeFileSynced(temporary, chunks);
    await fileCall('write', path, () => rename(temporary, path));
    await syncFolder(dirname(path));
    return digest;
  } catch (cause) {
    await removeQuietly(temporary);
    throw cause;
  }
}

/** Writes a new file and waits until it is on the disk. Not atomic: for files whose folder is renamed into place. */
export async function writeFileSynced(path: string, chunks: Chunks): Promise<FileDigest> {
  const handle = await fileCall('write', path, () => open(path, 'wx'));
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of chunks) {
      for (let begin = 0; begin < chunk.length; begin += WRITE_BYTES) {
        const part = chunk.subarray(begin, begin + WRITE_BYTES);
        hash.update(part);
        await fileCall('write', path, () => writeAll(handle, part));
      }
      bytes += chunk.length;
    }
    await fileCall('write', path, () => handle.sync());
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await fileCall('write', path, () => handle.close());
  }
}

/** What `writeAll` needs of a `FileHandle`: our types need none of Node's. */
export interface WritableHandle {
  write(data: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
}

/** The system may take less than it was given; the rest is offered again. */
export async function writeAll(handle: WritableHandle, part: Uint8Array): Promise<void> {
  let written = 0;
  while (written < part.length) {
    written += (await handle.write(part, written, part.length - written)).bytesWritten;
  }
}

/** Makes names that were created, renamed or removed in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and keeps names by its own journal.
  if (process.platform === 'win32') return;
  await fileCall('write', folder, async () => {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}
