import {
  listCheckpoints,
  loadCheckpoint,
  markCheckpoint,
  pruneCheckpoints,
  saveCheckpoint,
} from '@ttrec/training/checkpoints';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { contentAt, expectWholeAt, nameAt, savedAt } from './saved-run.ts';
import { temporaryFolder } from '@ttrec/test-support';

let run: string;
beforeEach(async () => {
  run = await temporaryFolder();
});

async function names(): Promise<string[]> {
  return (await listCheckpoints(run)).map(({ folder }) => folder);
}

test('what is saved is loaded: as the latest, by name, by mark, and from its own folder', async () => {
  const saved = await saveCheckpoint(run, contentAt(10, { mark: 'best' }));
  expect(saved).toMatchObject({ name: 'step-000010', path: join(run, 'checkpoints', 'step-000010') });
  await savedAt(run, [20]);
  await expectWholeAt(20, run);
  await expectWholeAt(20, run, 'latest');
  await expectWholeAt(10, run, 'best');
  await expectWholeAt(10, run, 'step-000010');
  await expectWholeAt(10, saved.path);
  const { files, path } = await loadCheckpoint(run);
  expect(files).toEqual(['model.safetensors', 'optimizer.safetensors', 'state.json']);
  expect(path).toBe(join(run, 'checkpoints', 'step-000020'));
});

test('a name used again means the newer checkpoint, and the older stays until it is pruned', async () => {
  await savedAt(run, [10, 20]);
  const again = await saveCheckpoint(run, { ...contentAt(10), json: { 'state.json': { again: true } } });
  expect(again.path).toBe(join(run, 'checkpoints', 'step-000010~1'));
  expect(await (await loadCheckpoint(run)).json('state.json')).toEqual({ again: true });
  expect(await (await loadCheckpoint(run, 'step-000010')).json('state.json')).toEqual({ again: true });
  expect(await names()).toEqual(['step-000010', 'step-000020', 'step-000010~1']);
  await pruneCheckpoints(run, 2);
  expect(await names()).toEqual(['step-000020', 'step-000010~1']);
});

test('a mark is moved without saving again, so that a run can go on from an earlier checkpoint', async () => {
  await savedAt(run, [10, 20, 30]);
  await markCheckpoint(run, nameAt(20), 'best');
  await markCheckpoint(run, 'step-000010', 'latest');
  await expectWholeAt(20, run, 'best');
  await expectWholeAt(10, run);
  await expect(markCheckpoint(run, 'step-000011', 'best')).rejects.toEqual(
    refusal('training/unknown-checkpoint', run),
  );
});

describe('keep', () => {
  test('removes the oldest, never the best', async () => {
    for (const step of [1, 2, 3, 4, 5]) {
      await saveCheckpoint(
        run,
        contentAt(step, { keep: 2, ...(step === 2 ? { mark: 'best' as const } : {}) }),
      );
    }
    expect(await names()).toEqual([nameAt(2), nameAt(4), nameAt(5)]);
    await expectWholeAt(2, run, 'best');
    await expectWholeAt(5, run);
  });

  test('never removes the latest, even when it is not the newest', async () => {
    await savedAt(run, [1, 2, 3]);
    await markCheckpoint(run, nameAt(1), 'latest');
    await pruneCheckpoints(run, 1);
    expect(await names()).toEqual([nameAt(1), nameAt(3)]);
  });

  test.each([0, -1, 1.5, NaN])('refuses %j before anything is written', async (keep) => {
    const attempt = saveCheckpoint(run, contentAt(1, { keep }));
    await expect(attempt).rejects.toEqual(
      refusal('training/bad-keep', 'keep', 'integer from 1', String(keep)),
    );
    expect(await readdir(run)).toEqual([]);
  });
});

describe('saving refuses, before anything is written,', () => {
  test.each<[string, string[], object]>([
    ['training/bad-name', ['got latest'], { name: 'latest' }],
    ['training/bad-name', ['got best'], { name: 'best' }],
    ['training/bad-name', ['got ../x'], { name: '../x' }],
    ['training/bad-name', ['got a~1'], { name: 'a~1' }],
    ['training/bad-name', ['got ""'], { name: '' }],
    ['training/bad-file-name', ['end in .safetensors', 'got model.bin'], { tensors: { 'model.bin': [] } }],
    ['training/bad-file-name', ['got ../a.json'], { json: { '../a.json': 1 } }],
    ['training/bad-file-name', ['got manifest.json'], { json: { 'manifest.json': 1 } }],
    [
      'tensor-files/not-json',
      ['state.json: "loss"', 'finite', 'got NaN'],
      { json: { 'state.json': { loss: NaN } } },
    ],
    ['tensor-files/not-json', ['state.json', 'undefined'], { json: { 'state.json': undefined } }],
    ['tensor-files/not-json', ['state.json', 'BigInt'], { json: { 'state.json': 1n } }],
  ])('%s %j', async (code, words, change) => {
    await expect(saveCheckpoint(run, contentAt(1, change))).rejects.toEqual(refusal(code, ...words));
    expect(await readdir(run)).toEqual([]);
  });
});

describe('loading refuses', () => {
  test('a folder that is missing, or a file', async () => {
    const gone = join(run, 'gone');
    await expect(loadCheckpoint(gone)).rejects.toEqual(
      refusal('training/missing-folder', gone, 'got nothing'),
    );
    const { path } = await saveCheckpoint(run, contentAt(1));
    const file = join(path, 'state.json');
    await expect(loadCheckpoint(file)).rejects.toEqual(
      refusal('training/missing-folder', file, 'got a file'),
    );
  });

  test('a run without a checkpoint, or without a best one', async () => {
    await expect(loadCheckpoint(run)).rejects.toEqual(
      refusal('training/no-checkpoint', run, 'must hold a checkpoint'),
    );
    await mkdir(join(run, 'checkpoints'));
    await expect(loadCheckpoint(run, 'step-1')).rejects.toEqual(refusal('training/no-checkpoint', run));
    await savedAt(run, [1]);
    await expect(loadCheckpoint(run, 'best')).rejects.toEqual(
      refusal('training/no-checkpoint', 'its 1 checkpoints', 'best'),
    );
  });

  test('an unknown name, naming those there are and the nearest', async () => {
    await savedAt(run, [10, 20]);
    await expect(loadCheckpoint(run, 'step-00002')).rejects.toEqual(
      refusal(
        'training/unknown-checkpoint',
        run,
        'one of step-000010, step-000020',
        'got step-00002',
        'Did you mean "step-000020"?',
      ),
    );
    const inside = join(run, 'checkpoints', 'step-000010');
    await expect(loadCheckpoint(inside, 'step-000020')).rejects.toEqual(
      refusal('training/unknown-checkpoint', inside),
    );
  });

  test('an unknown file of a checkpoint', async () => {
    await savedAt(run, [10]);
    const checkpoint = await loadCheckpoint(run);
    await expect(checkpoint.json('stat.json')).rejects.toEqual(
      refusal(
        'training/unknown-file',
        'model.safetensors, optimizer.safetensors',
        'Did you mean "state.json"?',
      ),
    );
    await expect(checkpoint.tensors('../x')).rejects.toEqual(refusal('training/unknown-file', 'got ../x'));
  });
});
