import {
  openFileSource,
  openNpy,
  openSafetensors,
  openSharded,
  openTensors,
  openTorch,
  writeFileAtomic,
  writeSharded,
} from '@ttrec/tensor-files';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refusal } from './refusal.ts';
import { temporaryFolder } from '@ttrec/test-support';

const openers = { openFileSource, openNpy, openSafetensors, openSharded, openTensors, openTorch };

test.each(Object.entries(openers))(
  '%s refuses a folder, a missing file and a path with a null byte',
  async (_, open) => {
    const folder = await temporaryFolder();
    const index = join(folder, 'folder.index.json');
    await mkdir(index);
    for (const path of [folder, index]) {
      await expect(open(path)).rejects.toEqual(refusal('cannot-read', path, 'folder', 'EISDIR'));
    }
    await expect(open('/dev/null')).rejects.toEqual(refusal('cannot-read', '/dev/null', 'a device'));
    await expect(open(join(folder, 'gone'))).rejects.toEqual(refusal('missing-file', 'gone'));
    await expect(open(join(folder, 'gone', 'index.json'))).rejects.toEqual(refusal('missing-file', 'gone'));
    await expect(open(join(folder, 'a\0b'))).rejects.toEqual(refusal('cannot-read', 'null bytes'));
    await expect(open('\0')).rejects.toEqual(refusal('cannot-read', 'null bytes'));
  },
);

test('a path that is not a string is refused by every function that takes one', async () => {
  for (const path of [undefined, null, 5, {}, ['a']] as unknown as string[]) {
    for (const open of Object.values(openers)) {
      await expect(open(path)).rejects.toEqual(refusal('bad-path', 'path: must be a string'));
    }
    await expect(writeFileAtomic(path, [])).rejects.toEqual(refusal('bad-path', 'must be a string'));
    await expect(writeSharded(path, [])).rejects.toEqual(refusal('bad-path', 'must be a string'));
  }
});

test('a file is not written in place of a folder, into a missing one, or by a path with a null byte', async () => {
  const folder = await temporaryFolder();
  const bytes = [new Uint8Array(1)];
  await mkdir(join(folder, 'inner'));
  await expect(writeFileAtomic(join(folder, 'inner'), bytes)).rejects.toEqual(
    refusal('cannot-write', 'inner'),
  );
  await expect(writeFileAtomic(join(folder, 'gone', 'a'), bytes)).rejects.toEqual(
    refusal('cannot-write', 'ENOENT'),
  );
  await expect(writeFileAtomic(join(folder, 'a\0b'), bytes)).rejects.toEqual(
    refusal('cannot-write', 'null bytes'),
  );
  await expect(writeSharded(join(folder, 'gone'), [])).rejects.toEqual(refusal('cannot-write', 'ENOENT'));
  await expect(writeSharded('\0', [])).rejects.toEqual(refusal('cannot-read', 'null bytes'));
  expect(await readdir(folder)).toEqual(['inner']);
});
