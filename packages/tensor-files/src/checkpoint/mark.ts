import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { digestOfBytes } from '../files/digest.ts';
import { fileCall } from '../files/file-error.ts';
import { findCheckpoint } from './find.ts';
import { MANIFEST, type Mark } from './names.ts';
import { writePointer } from './pointer.ts';

/**
 * Lets `mark` name a checkpoint that is already saved: the best, once it has been evaluated; or the latest, to go on from an
 * earlier one. Its files are not verified.
 * @throws `tensor-files/no-checkpoint`, `…/unknown-checkpoint`, `…/cannot-write`
 */
export async function markCheckpoint(runFolder: string, name: string, mark: Mark): Promise<void> {
  const { path, manifest } = await findCheckpoint(runFolder, name);
  const bytes = await fileCall('read', path, () => readFile(join(path, MANIFEST)));
  await writePointer(runFolder, mark, {
    name: manifest.name,
    folder: basename(path),
    manifest: digestOfBytes(bytes),
  });
}
