import {
  listCheckpoints,
  loadCheckpoint,
  pruneCheckpoints,
  saveCheckpoint,
} from '@ttrec/training/checkpoints';
import { appendFile, cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { contentAt, expectWholeAt, nameAt, savedAt } from './saved-run.ts';
import { temporaryFolder } from '@ttrec/test-support';

let run: string;
let latest: string;
beforeEach(async () => {
  run = await temporaryFolder();
  await savedAt(run, [10]);
  latest = (await saveCheckpoint(run, contentAt(20))).path;
});

const FILES = ['model.safetensors', 'optimizer.safetensors', 'state.json', 'manifest.json'];

async function expectRefused(code: string, ...words: string[]): Promise<void> {
  const wayOut = `These checkpoints are whole: ${nameAt(10)}.`;
  await expect(loadCheckpoint(run)).rejects.toEqual(refusal(code, ...words, wayOut));
  await expectWholeAt(10, run, nameAt(10));
}

test.each(FILES)('%s cut by one byte is truncated, with both sizes', async (file) => {
  const path = join(latest, file);
  const { length } = await readFile(path);
  await truncate(path, length - 1);
  await expectRefused('training/truncated', path, `${length} bytes were written`, `got ${length - 1} bytes`);
});

test.each(FILES)('%s with one bit changed is corrupt', async (file) => {
  const path = join(latest, file);
  const bytes = await readFile(path);
  bytes[bytes.length - 2]! ^= 1;
  await writeFile(path, bytes);
  await expectRefused('training/corrupt', path, 'SHA-256');
});

test.each(FILES)('%s with a byte too many is corrupt', async (file) => {
  await appendFile(join(latest, file), ' ');
  await expectRefused('training/corrupt', join(latest, file), 'bytes were written');
});

test.each(FILES.slice(0, 3))('%s that is gone is missing', async (file) => {
  await rm(join(latest, file));
  await expectRefused('tensor-files/missing-file', join(latest, file));
});

test.each(FILES)('%s of another checkpoint is corrupt', async (file) => {
  await cp(join(run, 'checkpoints', nameAt(10), file), join(latest, file));
  await expectRefused('training/corrupt', join(latest, file));
});

test('a pointer to a folder that is gone, or that is no pointer', async () => {
  await rm(latest, { recursive: true });
  const pointer = join(run, 'checkpoints', 'latest.json');
  await expectRefused('training/corrupt', pointer, 'got step-000020');
  await writeFile(pointer, '{"name":"../../x","folder":"../../x"}');
  await expectRefused('training/corrupt', pointer, 'name, folder');
  await writeFile(pointer, '{"na');
  await expectRefused('training/corrupt', pointer, 'must be JSON');
});

test('a manifest found by name is checked by its pointer if it has one, and in any case by what it holds', async () => {
  const path = join(latest, 'manifest.json');
  await appendFile(path, ' ');
  await expect(loadCheckpoint(run, nameAt(20))).rejects.toEqual(
    refusal('training/corrupt', path, 'bytes were written'),
  );
  await rm(join(run, 'checkpoints', 'latest.json'));
  await expectWholeAt(20, run, nameAt(20));
  const load = (): Promise<unknown> => loadCheckpoint(run, nameAt(20));
  await writeFile(path, '{"format":"ttrec-checkpoint-2"}');
  await expect(load()).rejects.toEqual(
    refusal('training/unknown-format', path, 'ttrec-checkpoint-1', 'got ttrec-checkpoint-2'),
  );
  const files = { '../../../secret': { bytes: 1, sha256: '0'.repeat(64) } };
  await writeFile(
    path,
    JSON.stringify({ format: 'ttrec-checkpoint-1', name: nameAt(20), sequence: 2, files }),
  );
  await expect(load()).rejects.toEqual(refusal('training/corrupt', path, 'name, sequence and files'));
});

test('a checkpoint with a damaged manifest stops no save, and no pruning removes it', async () => {
  await writeFile(join(latest, 'manifest.json'), 'x');
  await saveCheckpoint(run, contentAt(30));
  await expectWholeAt(30, run);
  await pruneCheckpoints(run, 1);
  const listed = await listCheckpoints(run);
  expect(listed.map(({ name, sequence }) => [name, sequence])).toEqual([
    [nameAt(20), undefined],
    [nameAt(30), 2],
  ]);
});

test('of two checkpoints of one name, the older of which is whole, the name means the damaged one and is not offered', async () => {
  await savedAt(run, [20]);
  await writeFile(join(`${latest}~1`, 'state.json'), '{}');
  await expectRefused('training/truncated', 'step-000020~1');
});

test('when none is whole there is nothing to offer', async () => {
  for (const name of [nameAt(10), nameAt(20)]) await rm(join(run, 'checkpoints', name, 'state.json'));
  await expect(loadCheckpoint(run)).rejects.toSatisfy((error: Error) => !error.message.includes('whole'));
});

test('a run that was killed in its first save, after the folder and before the pointer, has that checkpoint', async () => {
  const first = await temporaryFolder();
  await savedAt(first, [10]);
  await rm(join(first, 'checkpoints', 'latest.json'));
  await expectWholeAt(10, first);
  await expect(loadCheckpoint(first, 'best')).rejects.toEqual(
    refusal('training/no-checkpoint', 'must be the best'),
  );
  // A pointer that was there has been lost in another way.
  await rm(join(run, 'checkpoints', 'latest.json'));
  await expect(loadCheckpoint(run)).rejects.toEqual(
    refusal('training/no-checkpoint', 'whole: step-000020, step-000010'),
  );
});
