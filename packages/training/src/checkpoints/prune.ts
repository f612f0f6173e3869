import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileCall, isTemporaryName, temporaryName } from '@ttrec/tensor-files/files';
import { error } from '../error.ts';
import { listCheckpoints } from './list.ts';
import { checkpointsFolder, MARKS } from './names.ts';
import { readPointer } from './pointer.ts';

/**
 * Removes all but the `keep` most recently saved checkpoints. Never removes the latest, the best, or one whose manifest
 * cannot be read. Each vanishes at once: it is renamed before it is taken apart.
 * @throws `training/bad-keep`, `tensor-files/cannot-write`
 */
export async function pruneCheckpoints(runFolder: string, keep: number): Promise<void> {
  checkKeep(keep);
  const marked = await Promise.all(MARKS.map((mark) => readPointer(runFolder, mark)));
  const held = new Set(marked.map((pointer) => pointer?.folder));
  const whole = (await listCheckpoints(runFolder)).filter(({ sequence }) => sequence !== undefined);
  for (const { folder, path } of whole.slice(0, -keep)) {
    if (held.has(folder)) continue;
    const doomed = temporaryName(path);
    await fileCall('write', path, () => rename(path, doomed));
    await fileCall('write', doomed, () => rm(doomed, { recursive: true }));
  }
}

/** @throws `training/bad-keep` */
export function checkKeep(keep: number): void {
  if (Number.isSafeInteger(keep) && keep >= 1) return;
  throw error('bad-keep', { subject: 'keep', rule: 'must be an integer from 1', got: keep });
}

/** Removes what a killed save or prune left behind. No other save of the run may be under way. */
export async function removeLeftovers(runFolder: string): Promise<void> {
  const root = checkpointsFolder(runFolder);
  for (const name of await fileCall('read', root, () => readdir(root))) {
    const path = join(root, name);
    if (isTemporaryName(name)) await fileCall('write', path, () => rm(path, { recursive: true }));
  }
}
