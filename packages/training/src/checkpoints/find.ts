import { didYouMean } from '@ttrec/core';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileCall, ifPresent } from '@ttrec/tensor-files/files';
import { error } from '../error.ts';
import { listCheckpoints, type ListedCheckpoint } from './list.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { checkpointsFolder, isMark, MANIFEST, MARKS, pointerPath, type Mark } from './names.ts';
import { readPointer } from './pointer.ts';

/** A checkpoint's folder and manifest; its files are not verified yet. */
export interface FoundCheckpoint {
  readonly path: string;
  readonly manifest: Manifest;
}

/**
 * Finds a checkpoint by its own folder, or in a run folder by name or mark.
 * @throws `training/missing-folder`, `…/no-checkpoint`, `…/unknown-checkpoint`, and the codes of `readManifest`
 */
export async function findCheckpoint(path: string, name: string | undefined): Promise<FoundCheckpoint> {
  const about = await statIfPresent(path);
  if (about === undefined || !about.isDirectory()) {
    const rule = 'must be the folder of a run or of a checkpoint';
    throw error('missing-folder', { subject: path, rule, got: about === undefined ? 'nothing' : 'a file' });
  }
  if (await exists(join(path, MANIFEST))) return findInItself(path, name);
  return name === undefined || isMark(name) ? findMarked(path, name ?? 'latest') : findNamed(path, name);
}

async function findInItself(path: string, name: string | undefined): Promise<FoundCheckpoint> {
  const manifest = await readManifest(path);
  if (name === undefined || name === manifest.name) return { path, manifest };
  const rule = `this folder is the checkpoint ${manifest.name}`;
  throw error('unknown-checkpoint', {
    subject: path,
    rule,
    got: name,
    hint: 'Give the run folder to choose by name.',
  });
}

async function findMarked(runFolder: string, mark: Mark): Promise<FoundCheckpoint> {
  const pointer = await readPointer(runFolder, mark);
  if (pointer === undefined) return findFirst(runFolder, mark);
  const path = join(checkpointsFolder(runFolder), pointer.folder);
  if (!(await exists(path))) {
    const subject = pointerPath(runFolder, mark);
    throw error('corrupt', { subject, rule: 'must name a folder beside it', got: pointer.folder });
  }
  return { path, manifest: await readManifest(path, pointer.manifest) };
}

/** A run that was killed in its first save, before the pointer was written, has one checkpoint, which is whole and the latest. */
async function findFirst(runFolder: string, mark: Mark): Promise<FoundCheckpoint> {
  const listed = await listCheckpoints(runFolder);
  const [first] = listed;
  if (mark !== 'latest' || listed.length !== 1 || first!.sequence !== 1) {
    throw noCheckpoint(runFolder, mark, listed.length);
  }
  return { path: first!.path, manifest: await readManifest(first!.path) };
}

async function findNamed(runFolder: string, name: string): Promise<FoundCheckpoint> {
  const listed = await listCheckpoints(runFolder);
  const newest = listed.findLast((checkpoint) => checkpoint.name === name);
  if (newest !== undefined) return found(runFolder, newest);
  if (listed.length === 0) throw noCheckpoint(runFolder, name, 0);
  const names = [...new Set(listed.map((checkpoint) => checkpoint.name))];
  const hint = didYouMean(name, [...names, ...MARKS]);
  const rule = `must be latest, best, or one of ${names.join(', ')}`;
  throw error('unknown-checkpoint', { subject: runFolder, rule, got: name, hint });
}

/** A listed checkpoint, its manifest compared with what a pointer says of it where one does. @throws as `readManifest` */
export async function found(runFolder: string, { folder, path }: ListedCheckpoint): Promise<FoundCheckpoint> {
  // A damaged pointer vouches for nothing.
  const pointers = await Promise.all(
    MARKS.map((mark) => readPointer(runFolder, mark).catch(() => undefined)),
  );
  const pointer = pointers.find((each) => each?.folder === folder);
  return { path, manifest: await readManifest(path, pointer?.manifest) };
}

function noCheckpoint(runFolder: string, name: string, count: number): Error {
  const rule =
    count === 0 ? 'the folder must hold a checkpoint' : `one of its ${count} checkpoints must be the ${name}`;
  const hint = count === 0 ? { hint: 'Its run stopped before it saved one; resuming starts it again.' } : {};
  return error('no-checkpoint', { subject: runFolder, rule, got: 'none', ...hint });
}

async function exists(path: string): Promise<boolean> {
  return (await statIfPresent(path)) !== undefined;
}

async function statIfPresent(path: string): Promise<Stats | undefined> {
  return fileCall('read', path, () => ifPresent(stat(path)));
}
