import { writeFileAtomic } from '@ttrec/tensor-files';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { failSync, fillDiskAfter, shortenWritesTo, unprivileged } from '@ttrec/test-support';
import { refusal } from './refusal.ts';
import { temporaryFolder } from '@ttrec/test-support';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'file');
  await writeFile(path, 'the previous content');
});

async function expectUntouched(): Promise<void> {
  expect(await readFile(path, 'utf8')).toBe('the previous content');
  expect(await readdir(folder)).toEqual(['file']);
}

const chunks = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([4])];

test('replaces the file and tells its size and digest', async () => {
  const digest = await writeFileAtomic(path, chunks);
  const content = await readFile(path);
  expect([...content]).toEqual([1, 2, 3, 4]);
  expect(digest).toEqual({ bytes: 4, sha256: createHash('sha256').update(content).digest('hex') });
  expect(await readdir(folder)).toEqual(['file']);
});

test('goes on when the system takes less than it was given', async () => {
  await shortenWritesTo(2);
  await writeFileAtomic(path, chunks);
  expect([...(await readFile(path))]).toEqual([1, 2, 3, 4]);
});

test('chunks that fail midway, at once or later, leave the previous file and pass their own error on', async () => {
  const own = new Error('the device is lost');
  function* failing(): Generator<Uint8Array> {
    yield new Uint8Array(10);
    throw own;
  }
  async function* failingLater(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    await Promise.reject(own);
  }
  await expect(writeFileAtomic(path, failing())).rejects.toBe(own);
  await expectUntouched();
  await expect(writeFileAtomic(path, failingLater())).rejects.toBe(own);
  await expectUntouched();
});

test('a full disk leaves the previous file', async () => {
  await fillDiskAfter(2);
  await expect(writeFileAtomic(path, chunks)).rejects.toEqual(refusal('cannot-write', path, 'got ENOSPC'));
  await expectUntouched();
});

test('a disk that fails to sync leaves the previous file', async () => {
  await failSync(1);
  await expect(writeFileAtomic(path, chunks)).rejects.toEqual(refusal('cannot-write', path, 'got EIO'));
  await expectUntouched();
});

test('a target that cannot be replaced leaves no temporary file', async () => {
  const target = join(folder, 'is-a-folder');
  await mkdir(join(target, 'full'), { recursive: true });
  await expect(writeFileAtomic(target, chunks)).rejects.toEqual(refusal('cannot-write', target));
  expect((await readdir(folder)).sort()).toEqual(['file', 'is-a-folder']);
});

test('a read-only folder leaves the previous file', async () => {
  await chmod(folder, 0o555);
  const attempt = unprivileged(() => writeFileAtomic(path, chunks));
  await expect(attempt).rejects.toEqual(refusal('cannot-write', path, 'EACCES'));
  await chmod(folder, 0o755);
  await expectUntouched();
});

test('a folder that does not exist', async () => {
  const missing = join(folder, 'gone', 'file');
  await expect(writeFileAtomic(missing, chunks)).rejects.toEqual(refusal('cannot-write', missing, 'ENOENT'));
});
