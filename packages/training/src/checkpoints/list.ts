import { isTtrecError } from '@ttrec/core';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileCall, ifPresent, isTemporaryName } from '@ttrec/tensor-files/files';
import { readManifest } from './manifest.ts';
import { checkpointsFolder, parseFolderName } from './names.ts';

export interface ListedCheckpoint {
  readonly name: string;
  /** How often the name had been used before. */
  readonly generation: number;
  /** Inside `checkpoints/`. */
  readonly folder: string;
  readonly path: string;
  /** Saves of a run are counted from 1; undefined when the manifest cannot be read. */
  readonly sequence: number | undefined;
}

/**
 * The checkpoints of a run, in the order in which they were saved, damaged ones first. Files are not verified; none is an
 * empty list.
 * @throws `tensor-files/cannot-read`
 */
export async function listCheckpoints(runFolder: string): Promise<ListedCheckpoint[]> {
  const root = checkpointsFolder(runFolder);
  const listed: ListedCheckpoint[] = [];
  for (const folder of await foldersIn(root)) {
    const parsed = isTemporaryName(folder) ? undefined : parseFolderName(folder);
    if (parsed === undefined) continue;
    const path = join(root, folder);
    listed.push({ ...parsed, folder, path, sequence: await sequenceOf(path) });
  }
  return listed.sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0) || a.generation - b.generation);
}

/** The folders in `root`, of which there are none when it is missing. */
async function foldersIn(root: string): Promise<string[]> {
  const entries = await fileCall('read', root, () => ifPresent(readdir(root, { withFileTypes: true })));
  return (entries ?? []).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function sequenceOf(path: string): Promise<number | undefined> {
  try {
    return (await readManifest(path)).sequence;
  } catch (cause) {
    if (isTtrecError(cause)) return undefined;
    throw cause;
  }
}
