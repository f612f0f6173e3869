import {
  claimNewRun,
  claimRun,
  createRunFolder,
  requireRun,
  runFolderContents,
} from '@ttrec/training/checkpoints';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { identityText, ownIdentity } from '@ttrec/tensor-files/files';
import { refusal } from '@ttrec/test-support';
import { temporaryFolder } from '@ttrec/test-support';

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
  expect(paths.map(({ path }) => path).sort()).toEqual(
    [stem, `${stem}-2`, `${stem}-3`].map((name) => join(runs, name)),
  );
});

test.each(['', '../x', 'a b', 'x'.repeat(101)])('refuses the run name %j', async (name) => {
  await expect(createRunFolder(base, name)).rejects.toEqual(
    refusal('training/bad-run-name', 'run name', name),
  );
  expect(await readdir(base)).toEqual([]);
});

test('a base that is a file', async () => {
  const file = join(base, 'file');
  await writeFile(file, '');
  const refused = refusal('training/not-a-folder', file, 'must be a folder, got a file.');
  await expect(createRunFolder(file, 'a')).rejects.toEqual(refused);
  await expect(claimNewRun(file)).rejects.toEqual(refused);
  await expect(claimNewRun(join(file, 'below', 'it'))).rejects.toEqual(refused);
  await expect(claimRun(file)).rejects.toEqual(refused);
});

// There, Node's recursive mkdir would not end.
test.skipIf(process.platform !== 'linux')('a file system that takes no folders is refused', async () => {
  for (const path of ['/proc/none', '/proc/none/run']) {
    const refused = refusal('tensor-files/cannot-write', path, 'ENOENT');
    await expect(claimNewRun(path)).rejects.toEqual(refused);
    await expect(createRunFolder(path, 'a')).rejects.toEqual(refused);
  }
});

test('a named folder is created, may hold other things, but not a run', async () => {
  const path = join(base, 'new', 'run');
  const claimed = await claimNewRun(path);
  expect(claimed.path).toBe(path);
  await writeFile(join(path, 'notes.txt'), '');
  await claimed.release();
  await (await claimNewRun(path)).release();
  await mkdir(join(path, 'checkpoints'));
  await writeFile(join(path, 'metrics.jsonl'), '');
  await expect(claimNewRun(path)).rejects.toEqual(
    refusal('training/run-exists', path, 'got checkpoints, metrics.jsonl', 'Resume it'),
  );
  expect((await claimRun(path)).path).toBe(path);
});

test('resuming needs a run', async () => {
  const gone = join(base, 'gone');
  await expect(claimRun(gone)).rejects.toEqual(refusal('training/no-run', gone, 'got nothing'));
  await writeFile(join(base, 'notes.txt'), '');
  await expect(claimRun(base)).rejects.toEqual(refusal('training/no-run', base, 'got other files'));
  await expect(requireRun(base)).rejects.toEqual(refusal('training/no-run', base, 'got other files'));
  expect(await readdir(base)).toEqual(['notes.txt']);
});

const config = JSON.stringify({ baseDirectory: '/', config: { name: 'x' } });

/** Writes files, and folders for names that end in a slash, into the folder of this test. */
async function holding(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) await mkdir(join(base, name), { recursive: true });
    else await writeFile(join(base, name), content);
  }
  return base;
}

describe('what a killed command leaves', () => {
  const unstarted = { 'config.json': config, 'metrics.jsonl': '{}\n', 'encoding.jsonl.gz': 'x' };

  test.each<[string, Readonly<Record<string, string>>]>([
    ['a config', { 'config.json': config }],
    ['records and an encoding too', unstarted],
    ['an empty folder for checkpoints too', { ...unstarted, 'checkpoints/': '' }],
    [
      'half a checkpoint',
      { ...unstarted, 'checkpoints/': '', 'checkpoints/step-1.tmp-01234567-89ab-cdef/': '' },
    ],
  ])(
    'before the first checkpoint, %s, makes room for a new run and leaves foreign files',
    async (_, files) => {
      const path = await holding({ 'notes.txt': 'mine', ...files });
      expect(await runFolderContents(path)).toEqual({ holds: 'unstarted run' });
      await (await claimRun(path)).release();
      await (await claimNewRun(path)).release();
      expect(await readdir(path)).toEqual(['notes.txt']);
    },
  );

  test('a run that was to be made as a whole is no run, and makes room for one', async () => {
    const path = await holding({
      'config.json': JSON.stringify({ unfinished: 'import', baseDirectory: '/', config: {} }),
      'metrics.jsonl': '',
      'checkpoints/': '',
      'checkpoints/latest.json': '{}',
    });
    const refused = refusal('training/unfinished-run', path, 'ttrec import', `--out ${path}`);
    await expect(claimRun(path)).rejects.toEqual(refused);
    await expect(requireRun(path)).rejects.toEqual(refused);
    await (await claimNewRun(path)).release();
    expect(await readdir(path)).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['a checkpoint', { ...unstarted, 'checkpoints/': '', 'checkpoints/step-1/': '' }],
    [
      'a pointer to a checkpoint that is gone',
      { 'config.json': config, 'checkpoints/': '', 'checkpoints/latest.json': '' },
    ],
    ['a final record', { 'config.json': config, 'final.json': '{}' }],
    ['the config of a comparison', { 'config.json': '{"baseDirectory":"/","config":{"variants":[]}}' }],
    ['the config of another program', { 'config.json': '{"port":80}' }],
    ['a config that is no JSON', { 'config.json': 'port=80' }],
    ['a config that is a folder', { 'config.json/': '' }],
    ['records without a config', { 'metrics.jsonl': '' }],
  ])('with %s is not removed', async (_, files) => {
    const path = await holding(files);
    const before = (await readdir(path, { recursive: true })).sort();
    await expect(claimNewRun(path)).rejects.toEqual(refusal('training/run-exists', path));
    expect((await readdir(path, { recursive: true })).sort()).toEqual(before);
  });
});

test('a folder that was made for a run goes again with it when nothing was put into it', async () => {
  const path = join(base, 'deep', 'er', 'run');
  await (await claimNewRun(path)).release();
  expect(await readdir(base)).toEqual([]);
  await mkdir(path, { recursive: true });
  await (await claimNewRun(path)).release();
  expect(await readdir(path)).toEqual([]);
  await writeFile(join(path, 'notes.txt'), '');
  await (await createRunFolder(join(path, 'runs'), 'a')).release();
  expect(await readdir(path)).toEqual(['notes.txt']);
});

test('temporary files of processes that have ended are swept when a run is claimed, others stay', async () => {
  const own = temporaryNameOf(process.pid);
  const gone = temporaryNameOf(2 ** 22 + 1);
  await holding({
    'config.json': config,
    [`report.html.tmp-${gone}`]: '',
    [`model.onnx.tmp-${gone}`]: '',
    [`model.onnx.tmp-${own}`]: '',
    'metrics.jsonl.tmp-01234567-89ab-cdef-0123-456789abcdef': '',
    'notes.tmp': '',
  });
  await (await claimRun(base)).release();
  expect((await readdir(base)).sort()).toEqual(['config.json', `model.onnx.tmp-${own}`, 'notes.tmp']);
});

/** What follows `.tmp-` in the temporary names of this process, with another process id. */
function temporaryNameOf(pid: number): string {
  const { host, boot, namespace, started } = ownIdentity();
  return `${identityText({ host, boot, namespace, pid, started })}-0123abcd`;
}
