import { constants, type BigIntStats } from 'node:fs';
import { access, lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { makeFolder } from '@ttrec/tensor-files/files';
import { isOwnNameOfRun } from '@ttrec/training/checkpoints';
import { readJsonFile } from '@ttrec/training/run-folder';
import { error, usageError } from '../error.ts';

export interface OutputFileOptions {
  /** The option that names the file, such as `--out`. Absent for a name of the command's own choice, which it may replace. */
  readonly option?: string | undefined;
  /** Whether a file that is there may be replaced. */
  readonly force: boolean;
  /** What the command reads, and may not write over: files, and run folders. */
  readonly inputs: readonly string[];
}

/**
 * Checks that a command may write a file, and makes the folder that it goes into. To be called before the work whose result the
 * file holds: all that can be refused is refused here.
 *
 * @returns the absolute path of the file; where `path` is a link, of what it leads to
 * @throws `trainer/not-a-file` for a folder, a device, a pipe or a link to one; `…/writes-its-input`, also by another name of
 *   the same file; `…/writes-a-run`; `…/file-exists` without `force`; `…/cannot-write`
 */
export async function outputFile(path: string, options: OutputFileOptions): Promise<string> {
  const { option, force, inputs } = options;
  const target = await realTarget(path, option);
  const refuse = (code: string, rule: string, got: string, hint?: string) =>
    usageError(code, {
      subject: option ?? target,
      rule,
      got: option === undefined ? got : `${path}, ${got}`,
      hint,
    });
  const found = await statOf(target);
  if (found !== undefined && !found.isFile()) {
    throw refuse('not-a-file', 'must name a regular file', kindOf(found));
  }
  if (found !== undefined && (await isOneOf(found, inputs))) {
    throw refuse('writes-its-input', 'must not name what the command reads', 'its input');
  }
  if (await belongsToRun(target)) {
    throw refuse('writes-a-run', 'must not name a file that a run keeps', `a file of ${dirname(target)}`);
  }
  if (found !== undefined && option !== undefined && !force) {
    throw refuse(
      'file-exists',
      'must not name a file that exists',
      'which exists',
      'Add --force to replace it.',
    );
  }
  await requireWritable(target, found);
  return target;
}

/** @throws `trainer/not-a-file` */
async function realTarget(path: string, option: string | undefined): Promise<string> {
  const target = resolve(path);
  const bad = (got: string) =>
    usageError('not-a-file', { subject: option ?? target, rule: 'must name a regular file', got });
  if (path === '' || path.includes('\0')) throw bad(path);
  if (path.endsWith('/') || path.endsWith(sep)) throw bad(`${path}, a folder`);
  const isLink = await lstat(target).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  if (!isLink) return target;
  return realpath(target).catch(() => {
    throw bad(`${path}, a link to nothing`);
  });
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (cause) {
    // What else stands in the way of a look stands in the way of writing, which says so.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((cause as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw cannotWrite(path, cause);
  }
}

function kindOf(found: BigIntStats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** Whether a file is one of some others, by whatever name: links of both kinds lead to the same device and inode. */
async function isOneOf(file: BigIntStats, inputs: readonly string[]): Promise<boolean> {
  for (const input of inputs) {
    const found = await statOf(input);
    if (found === undefined) continue;
    if (found.ino === file.ino && found.dev === file.dev) return true;
    if (!found.isDirectory()) continue;
    for (const entry of await readdir(input, { recursive: true })) {
      if (!isOwnNameOfRun(entry.split(sep)[0]!)) continue;
      const inside = await statOf(join(input, entry));
      if (inside?.isFile() === true && inside.ino === file.ino && inside.dev === file.dev) return true;
    }
  }
  return false;
}

/** Whether a path is one of the files that a run keeps, there already or not. */
async function belongsToRun(target: string): Promise<boolean> {
  for (let inside = target; dirname(inside) !== inside; inside = dirname(inside)) {
    if (isOwnNameOfRun(basename(inside)) && (await holdsRun(dirname(inside)))) return true;
  }
  return false;
}

/** By the config that a run or a comparison saved; where that is gone, by its records and checkpoints. */
async function holdsRun(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes('metrics.jsonl') && names.includes('checkpoints')) return true;
  const saved = await readJsonFile(join(folder, 'config.json')).catch(() => undefined);
  return typeof saved === 'object' && saved !== null && 'config' in saved && 'baseDirectory' in saved;
}

async function requireWritable(target: string, found: BigIntStats | undefined): Promise<void> {
  try {
    if (found !== undefined) await access(target, constants.W_OK);
    await makeFolder(dirname(target));
    await access(dirname(target), constants.W_OK);
  } catch (cause) {
    throw cannotWrite(target, cause);
  }
}

function cannotWrite(target: string, cause: unknown): Error {
  return error('cannot-write', {
    subject: target,
    rule: 'must be writable',
    got: (cause as Error).message,
    cause,
  });
}
