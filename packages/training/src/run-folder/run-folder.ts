import { isTtrecError } from '@ttrec/core';
import { parseJson } from '@ttrec/core/json';
import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  errorCodeOf,
  fileCall,
  ifPresent,
  isTemporaryName,
  makeFolder,
  sweepTemporaries,
} from '@ttrec/tensor-files/files';
import { isObject } from '../checkpoints/manifest.ts';
import { checkpointsFolder, parseFolderName } from '../checkpoints/names.ts';
import { error } from '../error.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { RUN_FILES } from './run-file-names.ts';

/** A run folder that this process alone writes into, until it is released. */
export interface RunFolder extends FolderLock {
  readonly path: string;
}

/** What a folder holds, as far as a run is concerned. */
export type RunFolderContents =
  | { readonly holds: 'nothing' }
  /** A run that was stopped before its first checkpoint: it can be started again. */
  | { readonly holds: 'unstarted run' }
  /** What a command that was stopped left of a run that it was to make as a whole: worth nothing. */
  | { readonly holds: 'unfinished run'; readonly command: string }
  | { readonly holds: 'run'; readonly signs: readonly string[] };

/**
 * Creates a new folder, `<base>/2026-11-22T10-11-12-<name>`, in UTC, with `-2`, `-3`, … when that is taken, and
 * claims it.
 * @throws `training/bad-run-name`, `training/not-a-folder`, `tensor-files/cannot-write`
 */
export async function createRunFolder(base: string, name: string, now = new Date()): Promise<RunFolder> {
  if (!/^[A-Za-z0-9._+-]{1,100}$/.test(name)) {
    throw error('bad-run-name', {
      subject: 'run name',
      rule: 'must be 1 to 100 of A-Z a-z 0-9 . _ + -',
      got: name,
    });
  }
  await requireFolder(base);
  const made = await fileCall('write', base, () => makeFolder(base));
  const stem = join(base, `${now.toISOString().slice(0, 19).replaceAll(':', '-')}-${name}`);
  for (let attempt = 1; ; attempt++) {
    const path = attempt === 1 ? stem : `${stem}-${attempt}`;
    if (await fileCall('write', path, () => created(path))) return claimed(path, [path, ...made]);
  }
}

/**
 * Claims the folder that the user named for a new run. It is created when it is missing, may hold other files, and may hold what is
 * left of a run that never saved a checkpoint, which is removed.
 * @throws `training/not-a-folder`, `training/run-exists`, `training/folder-in-use`, `tensor-files/cannot-write`,
 *   `tensor-files/cannot-read`
 */
export async function claimNewRun(path: string): Promise<RunFolder> {
  await requireFolder(path);
  const folder = await claimedOrCreated(path);
  try {
    const contents = await runFolderContents(path);
    if (contents.holds === 'run') throw runExists(path, contents.signs);
    if (contents.holds !== 'nothing') await clearRun(path);
    return folder;
  } catch (cause) {
    await folder.release();
    throw cause;
  }
}

/**
 * Claims a folder that holds a run, to go on with it.
 * @throws `training/no-run`, `training/unfinished-run`, `training/folder-in-use`, `tensor-files/cannot-write`,
 *   `tensor-files/cannot-read`
 */
export async function claimRun(path: string): Promise<RunFolder> {
  await requireRun(path);
  const folder = await claimed(path, []);
  try {
    // Again: what was there may have been another process's, and gone by the time of the lock.
    await requireRun(path);
    return folder;
  } catch (cause) {
    await folder.release();
    throw cause;
  }
}

/**
 * Checks that a folder holds a run.
 * @throws `training/not-a-folder`, `training/no-run`, `training/unfinished-run`, `tensor-files/cannot-read`
 */
export async function requireRun(path: string): Promise<void> {
  await requireFolder(path);
  const contents = await runFolderContents(path);
  if (contents.holds === 'nothing') {
    const names = (await fileCall('read', path, () => ifPresent(readdir(path)))) ?? [];
    const rule = 'must hold a run (config.json and checkpoints)';
    throw error('no-run', { subject: path, rule, got: names.length === 0 ? 'nothing' : 'other files' });
  }
  if (contents.holds !== 'unfinished run') return;
  throw error('unfinished-run', {
    subject: path,
    rule: 'must hold a whole run',
    got: `what is left of a "ttrec ${contents.command}" that was stopped`,
    hint: `Run that command again with --out ${path}.`,
  });
}

/** @throws `tensor-files/cannot-read` */
export async function runFolderContents(path: string): Promise<RunFolderContents> {
  const names = (await fileCall('read', path, () => ifPresent(readdir(path)))) ?? [];
  const config = names.includes('config.json') ? await savedConfig(join(path, 'config.json')) : undefined;
  const command = config?.['unfinished'];
  if (typeof command === 'string') return { holds: 'unfinished run', command };
  const signs = names.filter((name) => ['checkpoints', 'metrics.jsonl', 'config.json'].includes(name)).sort();
  if (signs.length === 0) return { holds: 'nothing' };
  const isUnstarted = config !== undefined && !names.includes('final.json') && !(await hasCheckpoints(path));
  return isUnstarted ? { holds: 'unstarted run' } : { holds: 'run', signs };
}

/** Rejects a path at which, or above which, there is something else than a folder. @throws `training/not-a-folder` */
async function requireFolder(path: string): Promise<void> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return;
    throw error('not-a-folder', {
      subject: path,
      rule: 'must be a folder',
      got: found.isFile() ? 'a file' : 'a device, a pipe or a socket',
    });
  } catch (cause) {
    // What else stands in the way of a look stands in the way of what comes next, which says so.
    if (errorCodeOf(cause) === 'ENOTDIR') await requireFolder(dirname(path));
    if (isTtrecError(cause)) throw cause;
  }
}

/** Removes the files of a run from a folder that is claimed, the config last: a kill midway leaves what it was. */
export async function clearRun(path: string): Promise<void> {
  for (const name of ['checkpoints', ...RUN_FILES]) {
    const file = join(path, name);
    await fileCall('write', file, () => rm(file, { recursive: true, force: true }));
  }
}

/** A process that gives up removes the folder that it created, which may be between our seeing it and our lock. */
async function claimedOrCreated(path: string): Promise<RunFolder> {
  for (let attempt = 1; ; attempt++) {
    const made = await fileCall('write', path, () => makeFolder(path));
    try {
      return await claimed(path, made);
    } catch (cause) {
      const isGone = cause instanceof Error && errorCodeOf(cause.cause) === 'ENOENT';
      if (!isGone || attempt === 10) throw cause;
    }
  }
}

/** @param made the folders that were created for this one, the innermost first: they go again when nothing is put into them */
async function claimed(path: string, made: readonly string[]): Promise<RunFolder> {
  try {
    const lock = await lockFolder(path);
    // Only the owner of the run writes its files; an export may write others.
    await sweepTemporaries(path, (target) => (isRunFile(target) ? 'always' : 'abandoned'));
    return {
      path,
      requireHeld: () => lock.requireHeld(),
      async release() {
        await lock.release();
        await removeEmpty(made);
      },
    };
  } catch (cause) {
    await removeEmpty(made);
    throw cause;
  }
}

function isRunFile(name: string): boolean {
  return (RUN_FILES as readonly string[]).includes(name);
}

/** Stops at the first that holds something. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  try {
    for (const folder of folders) await rmdir(folder);
  } catch {
    // What is not empty stays.
  }
}

/** The saved config of one run; undefined for another file, such as that of a comparison. */
async function savedConfig(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    const saved = parseJson(await readFile(path, 'utf8'));
    if (!isObject(saved) || !('baseDirectory' in saved) || !isObject(saved['config'])) return undefined;
    return 'variants' in saved['config'] ? undefined : saved;
  } catch {
    return undefined;
  }
}

/** Whole ones, damaged ones, or pointers to some that are gone: any of these makes a run that has begun. */
async function hasCheckpoints(path: string): Promise<boolean> {
  const names = (await fileCall('read', path, () => ifPresent(readdir(checkpointsFolder(path))))) ?? [];
  return names.some((name) => !isTemporaryName(name) && parseFolderName(name) !== undefined);
}

function runExists(path: string, signs: readonly string[]): Error {
  return error('run-exists', {
    subject: path,
    rule: 'must not hold a run already',
    got: signs.join(', '),
    hint: 'Resume it, or choose another folder.',
  });
}

/** False when the name is taken. Of several processes that try at once, one creates the folder and owns it. */
async function created(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (cause) {
    if (errorCodeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}
