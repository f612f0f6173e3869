import { once } from 'node:events';
import fs from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { openDataset } from '@ttrec/data';
import { afterEach, expect, test, vi } from 'vitest';
import type { StreamedRows } from '../src/streamed/streamed-rows.ts';
import { batchesOf } from './batches.ts';
import { fileOf } from './files.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

afterEach(() => {
  vi.restoreAllMocks();
});

const open = (readingThread: boolean) =>
  openDataset(
    {
      format: 'csv',
      path: fileOf(`click,user\n${'1,a\n0,b\n'.repeat(100)}`, 'csv'),
      label: { column: 'click', equals: '1' },
      features: [{ column: 'user' }],
      split: { by: 'last', test: 0.1 },
      shuffleWindow: 8,
      cacheBytes: 0,
    },
    { readingThread },
  );

test('a dataset that is not closed ends its thread and closes its file when it is collected', async () => {
  const [post, close] = [vi.spyOn(Worker.prototype, 'postMessage'), vi.spyOn(fs, 'close')];
  const read = async () => {
    const batches = await batchesOf(await open(true), { split: 'test', batchSize: 20 });
    expect(batches.length).toBe(1);
  };
  await read();
  const ended = once((post.mock.contexts as Worker[])[0]!, 'exit');
  const { descriptor } = (post.mock.calls as [{ streamed: StreamedRows }][])[0]![0].streamed.place!;
  await vi.waitFor(
    () => {
      collect();
      expect(close.mock.calls.map(([closed]) => closed)).toContain(descriptor);
    },
    { timeout: 20_000 },
  );
  await ended;
}, 30_000);

test.each([true, false])('not before its batches are read, with a reading thread: %s', async (isThread) => {
  const begin = async () => {
    const dataset = await open(isThread);
    return dataset.batches({ split: 'train', batchSize: 1 })[Symbol.asyncIterator]();
  };
  const batches = await begin();
  let rows = 0;
  for (; (await batches.next()).done !== true; rows++) {
    if (rows % 30 > 0) continue;
    collect();
    await new Promise(setImmediate);
  }
  expect(rows).toBe(180);
});
