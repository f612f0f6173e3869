import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { error } from '../error.ts';
import { errorCodeOf, fileCall, ifPresent } from '../files/file-error.ts';
import { makeFolder } from '../files/make-folder.ts';

/** Any of these in a folder makes it a run, which is not to be written over. */
const SIGNS_OF_A_RUN = ['checkpoints', 'metrics.jsonl', 'config.json'];

/**
 * Creates a folder that nobody has: `<base>/2026-11-22T10-11-12-<name>`, in UTC, with `-2`, `-3`, … when that is taken.
 * @returns its path
 * @throws `tensor-files/bad-run-name`, `tensor-files/cannot-write`
 */
export async function createRunFolder(base: string, name: string, now = new Date()): Promise<string> {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name)) {
    throw error('bad-run-name', {
      subject: 'run name',
      rule: 'must be 1 to 100 of A-Z a-z 0-9 . _ -',
      got: name,
    });
  }
  await fileCall('write', base, () => makeFolder(base));
  const stem = join(base, `${now.toISOString().slice(0, 19).replaceAll(':', '-')}-${name}`);
  for (let attempt = 1; ; attempt++) {
    const path = attempt === 1 ? stem : `${stem}-${attempt}`;
    if (await fileCall('write', path, () => created(path))) return path;
  }
}

/**
 * Opens the folder that the user named: a new or runless one to start a run in, or with `resume` one that holds a run.
 * @throws `tensor-files/run-exists`, `tensor-files/no-run`, `tensor-files/cannot-write`, `tensor-files/cannot-read`
 */
export async function openRunFolder(path: string, { resume }: { readonly resume: boolean }): Promise<string> {
  if (!resume) await fileCall('write', path, () => makeFolder(path));
  const names = (await fileCall('read', path, () => ifPresent(readdir(path)))) ?? [];
  const found = SIGNS_OF_A_RUN.filter((sign) => names.includes(sign));
  if (resume && found.length === 0) {
    const rule = `must hold a run to resume (one of ${SIGNS_OF_A_RUN.join(', ')})`;
    throw error('no-run', { subject: path, rule, got: names.length === 0 ? 'nothing' : names });
  }
  if (!resume && found.length > 0) {
    const hint = 'Resume it, or choose another folder.';
    throw error('run-exists', {
      subject: path,
      rule: 'must not hold a run already',
      got: found.join(', '),
      hint,
    });
  }
  return path;
}

/** False when the name is taken; whoever creates a folder owns it, however many try at once. */
async function created(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (cause) {
    if (errorCodeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}
