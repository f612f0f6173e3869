import { saveCheckpoint, type CheckpointContent } from '@ttrec/training/checkpoints';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { failSync, fillDiskAfter, unprivileged } from '@ttrec/test-support';
import { refusal } from '@ttrec/test-support';
import { contentAt, expectWholeAt, nameAt, savedAt } from './saved-run.ts';
import { temporaryFolder } from '@ttrec/test-support';

let run: string;
let checkpoints: string;
let previousBytes: number;
beforeEach(async () => {
  run = await temporaryFolder();
  checkpoints = join(run, 'checkpoints');
  previousBytes = (await saveCheckpoint(run, contentAt(10, { mark: 'best' }))).bytes;
});

/** The previous checkpoint is whole, the latest and the best; and nothing is left of the failed save. */
async function expectPrevious(): Promise<void> {
  await expectWholeAt(10, run);
  await expectWholeAt(10, run, 'best');
  expect((await readdir(checkpoints)).sort()).toEqual(['best.json', 'latest.json', nameAt(10)]);
}

const next = (rest: Partial<CheckpointContent> = {}): CheckpointContent =>
  contentAt(20, { keep: 1, mark: 'best', ...rest });

test('a source that rejects passes its own error on', async () => {
  const lost = new Error('device lost');
  const tensors: CheckpointContent['tensors'] = {
    'model.safetensors': [
      { name: 'a', dtype: 'F32', shape: [1], data: new Float32Array(1) },
      { name: 'b', dtype: 'F32', shape: [1], data: () => Promise.reject(lost) },
    ],
  };
  await expect(saveCheckpoint(run, next({ tensors }))).rejects.toBe(lost);
  await expectPrevious();
});

test('a source that brings the wrong length', async () => {
  const data = async (): Promise<Float32Array> => new Float32Array(3);
  const tensors: CheckpointContent['tensors'] = {
    'm.safetensors': [{ name: 'b', dtype: 'F32', shape: [1], data }],
  };
  await expect(saveCheckpoint(run, next({ tensors }))).rejects.toEqual(
    refusal('tensor-files/data-mismatch', 'm.safetensors: tensor "b"'),
  );
  await expectPrevious();
});

// The next checkpoint takes as many bytes as this one: the disk fills up in each of its files, at last at the last byte.
test.each([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999])(
  'a disk full after %d of it',
  async (fraction) => {
    await fillDiskAfter(Math.floor(previousBytes * fraction));
    await expect(saveCheckpoint(run, next())).rejects.toEqual(
      refusal('tensor-files/cannot-write', 'checkpoints', 'got ENOSPC'),
    );
    await expectPrevious();
  },
);

// Three files, the manifest and the folder are synced before the new name appears.
test.each([1, 2, 3, 4, 5])('a disk whose sync number %i fails', async (n) => {
  await failSync(n);
  await expect(saveCheckpoint(run, next())).rejects.toEqual(refusal('tensor-files/cannot-write', 'got EIO'));
  await expectPrevious();
});

test('a pointer that cannot be written leaves the previous checkpoint the latest, and the new one whole', async () => {
  await failSync(7);
  await expect(saveCheckpoint(run, contentAt(20))).rejects.toEqual(
    refusal('tensor-files/cannot-write', 'latest.json', 'got EIO'),
  );
  await expectWholeAt(10, run);
  await expectWholeAt(20, run, nameAt(20));
});

test('a read-only folder', async () => {
  await chmod(run, 0o755);
  await chmod(checkpoints, 0o555);
  const attempt = unprivileged(() => saveCheckpoint(run, next()));
  await expect(attempt).rejects.toEqual(refusal('tensor-files/cannot-write', 'step-000020', 'EACCES'));
  await chmod(checkpoints, 0o755);
  await expectPrevious();
});

describe('a process that was killed', () => {
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';

  test('while it wrote leaves nothing that is listed, and the next save tidies up', async () => {
    const half = join(checkpoints, `step-000020.tmp-${uuid}`);
    await mkdir(half);
    await writeFile(join(half, 'model.safetensors'), 'half');
    await writeFile(join(checkpoints, `latest.json.tmp-${uuid}`), '{');
    await expectWholeAt(10, run);
    await expect(saveCheckpoint(run, contentAt(20))).resolves.toMatchObject({ name: nameAt(20) });
    expect((await readdir(checkpoints)).sort()).toEqual(['best.json', 'latest.json', nameAt(10), nameAt(20)]);
  });

  test('before it moved the pointer is resumed from the previous checkpoint and saves the same step again', async () => {
    const pointer = join(checkpoints, 'latest.json');
    const previous = await readFile(pointer);
    await savedAt(run, [20]);
    await writeFile(pointer, previous);
    await expectWholeAt(10, run);
    await savedAt(run, [20]);
    await expectWholeAt(20, run);
    await expectWholeAt(20, run, nameAt(20));
  });
});
