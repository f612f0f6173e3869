import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf } from './file-error.ts';

/**
 * Makes a folder and those above it that are missing; one that is there already will do. Node's own recursive `mkdir` never
 * ends in a file system that answers ENOENT for a folder it refuses to hold, as Linux does in /proc.
 * @returns the folders that were made, the innermost first
 */
export async function makeFolder(path: string): Promise<string[]> {
  try {
    return await makeOne(path);
  } catch (cause) {
    if (errorCodeOf(cause) !== 'ENOENT' || dirname(path) === path) throw cause;
    const above = await makeFolder(dirname(path));
    return [...(await makeOne(path)), ...above];
  }
}

async function makeOne(path: string): Promise<string[]> {
  try {
    await mkdir(path);
    return [path];
  } catch (cause) {
    // A root that is there may be refused by another name: EISDIR, EPERM, EROFS.
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) throw cause;
    return [];
  }
}
