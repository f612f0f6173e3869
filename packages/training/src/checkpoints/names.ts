import { join } from 'node:path';
import { error } from '../error.ts';

/** Names that stand for a checkpoint chosen by the run. */
export type Mark = 'latest' | 'best';
export const MARKS: readonly Mark[] = ['latest', 'best'];

export const MANIFEST = 'manifest.json';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const FOLDER = /^(?<name>[A-Za-z0-9][A-Za-z0-9._-]{0,199})(?:~(?<generation>[1-9][0-9]{0,8}))?$/;

export function isMark(name: string): name is Mark {
  return (MARKS as readonly string[]).includes(name);
}

export function checkpointsFolder(runFolder: string): string {
  return join(runFolder, 'checkpoints');
}

/** The file that says which checkpoint bears a mark. */
export function pointerPath(runFolder: string, mark: Mark): string {
  return join(checkpointsFolder(runFolder), `${mark}.json`);
}

/**
 * A folder is named like its checkpoint; a later save under the same name gets `~1`, `~2`, …, because a folder cannot be
 * replaced atomically.
 */
export function folderName(name: string, generation: number): string {
  return generation === 0 ? name : `${name}~${generation}`;
}

/** The reverse of `folderName`; undefined when `folder` is not the folder of a checkpoint. */
export function parseFolderName(folder: string): { name: string; generation: number } | undefined {
  const groups = FOLDER.exec(folder)?.groups;
  return groups && { name: groups['name']!, generation: Number(groups['generation'] ?? 0) };
}

/** @throws `training/bad-name` */
export function checkCheckpointName(name: string): void {
  const rule =
    "must be 1 to 200 of A-Z a-z 0-9 . _ - with a letter or digit first, and not 'latest' or 'best'";
  if (!NAME.test(name) || isMark(name))
    throw error('bad-name', { subject: 'checkpoint name', rule, got: name });
}

export function isFileName(name: string): boolean {
  return NAME.test(name) && name !== MANIFEST;
}

/** @throws `training/bad-file-name` */
export function checkFileName(name: string, extension: '.safetensors' | '.json'): void {
  if (isFileName(name) && name.endsWith(extension)) return;
  const rule = `must be 1 to 200 of A-Z a-z 0-9 . _ - that end in ${extension}, and not ${MANIFEST}`;
  throw error('bad-file-name', { subject: 'checkpoint file name', rule, got: name });
}
