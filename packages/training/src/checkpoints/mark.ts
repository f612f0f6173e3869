import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { digestOfBytes, fileCall, removeFile } from '@ttrec/tensor-files/files';
import { findCheckpoint } from './find.ts';
import { MANIFEST, pointerPath, type Mark } from './names.ts';
import { writePointer } from './pointer.ts';

/**
 * Lets `mark` name a checkpoint that is already saved: the best, once it has been evaluated; or the latest, to go on from an
 * earlier one. Its files are not verified.
 * @throws `training/no-checkpoint`, `…/unknown-checkpoint`, `…/cannot-write`
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

/** Takes a mark away: no checkpoint bears it until the next is saved with it. @throws `tensor-files/cannot-write` */
export async function removeMark(runFolder: string, mark: Mark): Promise<void> {
  await removeFile(pointerPath(runFolder, mark));
}
