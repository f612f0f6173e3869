import { createRunFolder, openRunFolder } from '@ttrec/tensor-files';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { refusal } from './refusal.ts';
import { temporaryFolder } from './temporary-folder.ts';

let base: string;
beforeEach(async () => {
  base = await temporaryFolder();
});

test('a run folder is named for its moment and its run, and is never shared', async () => {
  const now = new Date(Date.UTC(2026, 10, 22, 10, 11, 12, 345));
  const runs = join(base, 'deep', 'runs');
  const paths = await Promise.all([1, 2, 3].map(() => createRunFolder(runs, 'tt-16', now)));
  const stem = '2026-11-22T10-11-12-tt-16';
  expect((await readdir(runs)).sort()).toEqual([stem, `${stem}-2`, `${stem}-3`]);
  expect([...paths].sort()).toEqual([stem, `${stem}-2`, `${stem}-3`].map((name) => join(runs, name)));
});

test.each(['', '../x', 'a b', 'x'.repeat(101)])('refuses the run name %j', async (name) => {
  await expect(createRunFolder(base, name)).rejects.toEqual(refusal('bad-run-name', 'run name', name));
  expect(await readdir(base)).toEqual([]);
});

test('a base that is a file', async () => {
  const file = join(base, 'file');
  await writeFile(file, '');
  await expect(createRunFolder(file, 'a')).rejects.toEqual(refusal('cannot-write', file, 'EEXIST'));
  await expect(openRunFolder(file, { resume: false })).rejects.toEqual(refusal('cannot-write', file));
});

// There, Node's recursive mkdir would not end.
test.skipIf(process.platform !== 'linux')('a file system that takes no folders is refused', async () => {
  for (const path of ['/proc/none', '/proc/none/run']) {
    const refused = refusal('cannot-write', path, 'ENOENT');
    await expect(openRunFolder(path, { resume: false })).rejects.toEqual(refused);
    await expect(createRunFolder(path, 'a')).rejects.toEqual(refused);
  }
});

test('a named folder is created, may hold other things, but not a run', async () => {
  const path = join(base, 'new', 'run');
  expect(await openRunFolder(path, { resume: false })).toBe(path);
  await writeFile(join(path, 'notes.txt'), '');
  await openRunFolder(path, { resume: false });
  await mkdir(join(path, 'checkpoints'));
  await writeFile(join(path, 'metrics.jsonl'), '');
  await expect(openRunFolder(path, { resume: false })).rejects.toEqual(
    refusal('run-exists', path, 'got checkpoints, metrics.jsonl', 'Resume it'),
  );
  expect(await openRunFolder(path, { resume: true })).toBe(path);
});

test('resuming needs a run', async () => {
  const gone = join(base, 'gone');
  await expect(openRunFolder(gone, { resume: true })).rejects.toEqual(refusal('no-run', gone, 'got nothing'));
  await writeFile(join(base, 'notes.txt'), '');
  await expect(openRunFolder(base, { resume: true })).rejects.toEqual(refusal('no-run', base, 'notes.txt'));
  expect(await readdir(base)).toEqual(['notes.txt']);
});
