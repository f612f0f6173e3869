import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf } from './file-error.ts';

/**
 * Makes a folder and those above it that are missing; one that is there already will do. Node's own recursive `mkdir` never
 * ends in a file system that answers ENOENT for a folder it refuses to hold, as Linux does in /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (cause) {
    if (errorCodeOf(cause) !== 'ENOENT' || dirname(path) === path) throw cause;
    await makeFolder(dirname(path));
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    // A root that is there may be refused by another name: EISDIR, EPERM, EROFS.
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) throw cause;
  }
}
