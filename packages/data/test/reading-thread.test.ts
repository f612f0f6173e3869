import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { TtrecError } from '@ttrec/core';
import { openDataset, readSecondsOf, type Batch, type DataConfig, type OpenOptions } from '@ttrec/data';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { generatedFile, generatedModule } from '../bundle-worker.ts';
import { openScratch } from '../src/chunks/scratch.ts';
import { packBatch, unpackBatch } from '../src/streamed/batch-message.ts';
import { errorOf, failureOf } from '../src/streamed/failure.ts';
import type { FromReader, ToReader } from '../src/streamed/messages.ts';
import { ReadingThread } from '../src/streamed/reading-thread.ts';
import { serveBatches } from '../src/streamed/serve-batches.ts';
import type { StreamedCriteo } from '../src/streamed/streamed-rows.ts';
import { CriteoRows } from '../src/criteo/rows.ts';
import { batchesOf, refusal } from './batches.ts';
import { C1, hex, I1, LABEL, lineOf } from './criteo-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttrec-reading-'));
const path = join(folder, 'clicks.csv');
const lines = Array.from(
  { length: 3000 },
  (_, i) => `u${i % 70},i${(i * i) % 130},${i % 5 ? `a|b${i % 9}` : ''},${i / 4},${(i * 7) % 11 < 5 ? 1 : 0}`,
);
writeFileSync(path, ['user,item,tags,price,click', ...lines].join('\n'));

const config = {
  format: 'csv',
  path,
  label: { column: 'click', equals: '1' },
  weight: 'price',
  group: 'user',
  dense: [{ column: 'price' }],
  features: [{ column: 'user' }, { column: 'item' }, { column: 'tags', separator: '|' }],
  split: { by: 'random', validation: 0.1, test: 0.1 },
  shuffleWindow: 700,
  cacheBytes: 0,
} satisfies DataConfig;

const open = (options: OpenOptions = { readingThread: true }, change: object = {}) =>
  openDataset({ ...config, ...change }, options);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lists the workers that were started from now on. */
function startedWorkers(): () => Worker[] {
  const post = vi.spyOn(Worker.prototype, 'postMessage');
  return () => [...new Set(post.mock.contexts as Worker[])];
}

test('the script of the worker is what the sources bundle to', async () => {
  expect(
    readFileSync(generatedFile, 'utf8') === (await generatedModule()),
    'it must be generated anew: node packages/data/bundle-worker.ts',
  ).toBe(true);
});

const criteoPath = join(folder, 'criteo.tsv');
const logLine = (_: unknown, i: number) =>
  lineOf({ [LABEL]: String(Number(i % 3 === 0)), [I1]: i % 4 ? String(i) : '', [C1]: hex(i % 50) });
writeFileSync(criteoPath, Array.from({ length: 1000 }, logLine).join('\n'));
const criteo = {
  format: 'criteo',
  path: criteoPath,
  missingFlags: true,
  ids: { kind: 'vocabulary' },
  split: { by: 'last', validation: 0.1, test: 0.1 },
  shuffleWindow: 90,
  cacheBytes: 0,
} satisfies DataConfig;

describe.each([
  ['a table', config],
  ['drawn negatives', { ...config, negatives: { user: 'user', item: 'item', ratio: 2 }, weight: undefined }],
  ['a Criteo file', criteo],
  ['a Criteo file, split by drawing', { ...criteo, split: { by: 'random', test: 0.3 } }],
] as [string, DataConfig][])('of %s', (_, given) => {
  test('the reading thread makes the batches of the calling thread, from any place on, for any part', async () => {
    await using there = await openDataset(given, { readingThread: true, seed: 4 });
    await using here = await openDataset(given, { readingThread: false, seed: 4 });
    expect(there.report).toEqual({ ...here.report, readingThread: true });
    expect(here.report.readingThread).toBe(false);
    for (const options of [
      { split: 'train', batchSize: 64 },
      { split: 'train', batchSize: 7, epoch: 3, skipBatches: 40 },
      { split: 'train', batchSize: 10_000, shuffle: false },
      { split: 'validation', batchSize: 50, shuffle: true },
      { split: 'test', batchSize: 33 },
      { split: 'train', batchSize: 60, part: (rows: number) => ({ start: rows >> 2, end: rows >> 1 }) },
      { split: 'train', batchSize: 10, skipBatches: 1e6 },
    ] as const)
      expect(await batchesOf(there, options)).toEqual(await batchesOf(here, options));
    const [batch] = await batchesOf(there, { split: 'train', batchSize: 64 });
    expect(readSecondsOf(batch!)).toBeGreaterThan(0);
    expect(readSecondsOf((await batchesOf(here, { split: 'test', batchSize: 64 }))[0]!)).toBeUndefined();
  });
});

test('passes may overlap, and one that is left early ends', async () => {
  await using dataset = await open();
  const whole = await batchesOf(dataset, { split: 'train', batchSize: 10 });
  const left = dataset.batches({ split: 'train', batchSize: 10 })[Symbol.asyncIterator]();
  await left.next();
  const [test, train] = await Promise.all([
    batchesOf(dataset, { split: 'test', batchSize: 5 }),
    batchesOf(dataset, { split: 'train', batchSize: 10 }),
  ]);
  expect((await left.next()).value).toEqual(whole[1]);
  await left.return?.();
  expect(await left.next()).toEqual({ done: true, value: undefined });
  expect(train).toEqual(whole);
  expect(test.length).toBe(Math.ceil(dataset.rows.test / 5));
});

test('wrong options are refused with the words of the calling thread', async () => {
  await using dataset = await open();
  const { code, message } = await refusal(batchesOf(dataset, { split: 'train', batchSize: 0 }));
  expect([code, message]).toEqual([
    'data/bad-batch-options',
    '[data] batchSize: must be an integer of at least 1, got 0.',
  ]);
  for (const readingThread of ['yes', { workerUrl: 1 }] as unknown[]) {
    const refused = await refusal(open({ readingThread: readingThread as boolean }));
    expect(refused.code).toBe('data/bad-option');
    expect(refused.message).toMatch(
      /^\[data\] openDataset, readingThread: must be true or false, or \{ workerUrl \}, got /,
    );
  }
  // Code for pages runs in Node, too.
  await using paged = await open({ readingThread: { workerUrl: 'reading.js' } });
  await using plain = await open({ readingThread: undefined });
  expect(paged.report.readingThread).toBe(plain.report.readingThread);
});

const closed = {
  code: 'data/closed-dataset',
  message: '[data] batches: must be read before the dataset is closed.',
};

test('closing ends the worker, and what was under way', async () => {
  const workers = startedWorkers();
  const dataset = await open();
  expect(workers().length).toBe(0);
  const under = dataset.batches({ split: 'train', batchSize: 1 })[Symbol.asyncIterator]();
  await under.next();
  expect(workers().length).toBe(1);
  const ended = new Promise((resolve) => workers()[0]!.once('exit', resolve));
  await dataset.close();
  await ended;
  await dataset.close();
  const rest = async () => {
    while ((await under.next()).done !== true);
  };
  expect(await refusal(rest())).toEqual(closed);
  expect(await refusal(batchesOf(dataset, { split: 'test', batchSize: 5 }))).toEqual(closed);
});

test.each([
  ['by the calling thread', 0, 'streamed', 'csv'],
  ['from memory', 1e9, 'in memory', 'csv'],
  ['of a Criteo log by the calling thread', 0, 'streamed', 'criteo'],
])('closing ends reads %s, one under way among them', async (_, cacheBytes, rowsAre, format) => {
  const change = { cacheBytes };
  const openOne = () =>
    format === 'csv'
      ? open({ readingThread: false }, change)
      : openDataset({ ...criteo, ...change }, { readingThread: false });
  const dataset = await openOne();
  expect(dataset.report).toMatchObject({ rowsAre, readingThread: false });
  const [waiting, idle] = [1, 2].map(() =>
    dataset.batches({ split: 'train', batchSize: 1 })[Symbol.asyncIterator](),
  ) as [AsyncIterator<Batch>, AsyncIterator<Batch>];
  await idle.next();
  const pending = refusal(waiting.next());
  await dataset.close();
  await using other = await openOne();
  expect(await pending).toEqual(closed);
  expect(await refusal(idle.next())).toEqual(closed);
  expect(await refusal(batchesOf(dataset, { split: 'test', batchSize: 5 }))).toEqual(closed);
  expect((await batchesOf(other, { split: 'test', batchSize: 5 })).length).toBeGreaterThan(0);
});

test('a scratch waits for pending reads before its descriptor is closed, and refuses later ones', async () => {
  const scratch = await openScratch();
  const bytes = Uint8Array.from({ length: 1 << 20 }, (_, i) => i % 251);
  const stored = await scratch.write(bytes);
  const reads = Array.from({ length: 20 }, () => scratch.read(stored, 0, bytes.length));
  await scratch.close();
  await using other = await open({ readingThread: false });
  for (const read of reads) expect(Buffer.from(await read).equals(bytes)).toBe(true);
  expect(await refusal(scratch.read(stored, 0, 1))).toEqual(closed);
  expect(other.report.rowsAre).toBe('streamed');
});

test('the end of the worker is an error, now and later', async () => {
  const workers = startedWorkers();
  await using dataset = await open();
  const under = dataset.batches({ split: 'train', batchSize: 1 })[Symbol.asyncIterator]();
  await under.next();
  await workers()[0]!.terminate();
  const rest = async () => {
    while ((await under.next()).done !== true);
  };
  const failed = {
    code: 'data/reading-thread-failed',
    message:
      '[data] the thread that reads rows from disk: must run until the last batch is read, got exit code 1. Open the data again, or with readingThread: false, which reads in the calling thread.',
  };
  expect(await refusal(rest())).toEqual(failed);
  expect(await refusal(batchesOf(dataset, { split: 'test', batchSize: 5 }))).toEqual(failed);
});

test('a message that cannot be received is an error', async () => {
  const workers = startedWorkers();
  await using dataset = await open();
  const under = dataset.batches({ split: 'train', batchSize: 1 })[Symbol.asyncIterator]();
  await under.next();
  workers()[0]!.emit('messageerror', new TypeError('cut'));
  const { code, message } = await refusal(batchesOf(dataset, { split: 'test', batchSize: 5 }));
  expect(code).toBe('data/reading-thread-failed');
  expect(message).toContain('got a message that could not be received.');
  await under.return?.();
});

/** 640 rows of a Criteo file in blocks of 64, whose label is 1 in every third row. */
function storedRows(): { streamed: StreamedCriteo; descriptor: number } {
  const file = join(folder, 'rows');
  const blocks = Array.from({ length: 10 }, (_, b) => {
    const rows = new CriteoRows(64);
    rows.length = 64;
    for (let row = 0; row < 64; row++) rows.labels[row] = Number((64 * b + row) % 3 === 0);
    return rows;
  });
  writeFileSync(file, Buffer.concat(blocks.map(({ bytes }) => bytes)));
  const descriptor = openSync(file, 'r+');
  const room = blocks[0]!.bytes.length;
  const streamed: StreamedCriteo = {
    format: 'criteo',
    place: { descriptor, file },
    blocks: blocks.map((_, b) => ({ bytes: { at: b * room, room }, capacity: 64, length: 64 })),
    split: { split: { by: 'last', validation: 0, test: 0 }, seed: 1, rows: 640 },
    rows: { train: 640, validation: 0, test: 0 },
    flags: false,
    seed: 1,
    window: 64,
  };
  return { streamed, descriptor };
}

test('an error of the worker keeps its code and its words', async () => {
  const { streamed, descriptor } = storedRows();
  const thread = new ReadingThread(streamed, streamed.rows, undefined);
  ftruncateSync(descriptor, 5 * streamed.blocks[0]!.capacity);
  const read = async () => {
    for await (const _ of thread.batches({ split: 'train', batchSize: 64 }));
  };
  expect(await refusal(read())).toEqual({
    code: 'data/no-scratch',
    message: `[data] ${join(folder, 'rows')}: must keep what was written, got its end.`,
  });
  await thread.close();
  closeSync(descriptor);
});

test('an error of the system keeps its code as the cause', async () => {
  const { streamed, descriptor: readable } = storedRows();
  closeSync(readable);
  const file = join(folder, 'rows');
  const descriptor = openSync(file, 'a');
  const thread = new ReadingThread({ ...streamed, place: { descriptor, file } }, streamed.rows, undefined);
  const thrown: unknown = await thread
    .batches({ split: 'train', batchSize: 64 })
    .next()
    .catch((reason: unknown) => reason);
  expect(thrown).toMatchObject({
    code: 'data/reading-thread-failed',
    cause: { name: 'Error', code: 'EBADF', message: expect.stringContaining('EBADF: ') },
  });
  await thread.close();
  closeSync(descriptor);
});

test('errors are the same after they were sent, their causes included', () => {
  const system = Object.assign(new Error('EIO: i/o error, read', { cause: 'a bad sector' }), { code: 'EIO' });
  const coded = new TtrecError('data', 'no-scratch', {
    subject: 'rows',
    rule: 'must be there',
    got: 1,
    cause: system,
  });
  const sent = (thrown: unknown) =>
    errorOf(structuredClone(failureOf(thrown)), (reason, cause) => new Error(`failed: ${reason}`, { cause }));
  const cause = { message: 'EIO: i/o error, read', code: 'EIO', cause: { message: 'a bad sector' } };
  expect(sent(coded)).toMatchObject({ code: 'data/no-scratch', message: coded.message, cause });
  expect(sent(system)).toMatchObject({ message: 'failed: Error: EIO: i/o error, read', cause });
  expect(sent('no error')).toMatchObject({ message: 'failed: no error' });
});

test.each([
  ['number', { batches: 5, bytes: 1e9 }, 5],
  // Of a row, 30 arrays padded to 8 bytes, behind a head and 8 bytes about each: 57 words of lengths and flags, label, 13 numbers, offsets, 26 ids.
  ['bytes', { batches: 1e9, bytes: 3 * (8 + 30 * 8 + 232 + 8 + 56 + 8 + 26 * 8) }, 3],
  ['bytes, but for the first', { batches: 1e9, bytes: 1 }, 1],
])('batches that were not taken are limited by %s', async (_, limit, most) => {
  const { streamed, descriptor } = storedRows();
  const sent: FromReader[] = [];
  let tell = (_message: ToReader): void => undefined;
  const port = {
    post: (message: FromReader) => void sent.push(message),
    onMessage: (listener: typeof tell) => (tell = listener),
  };
  serveBatches(port, limit);
  tell({ do: 'open', streamed });
  const request = { split: 'train', batchSize: 1, epoch: 0, skipBatches: 0, shuffle: false } as const;
  tell({ do: 'read', pass: 7, request: { ...request, spans: [[1, { start: 0, end: 1 }]] } });
  const comes = async (count: number) => {
    await vi.waitFor(() => expect(sent.length).toBeGreaterThanOrEqual(count));
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    expect(sent.length).toBe(count);
  };
  await comes(most);
  const bytes = (sent[0] as { batch: ArrayBuffer }).batch.byteLength;
  tell({ do: 'taken', pass: 7, batches: 1, bytes });
  await comes(most + 1);
  tell({ do: 'stop', pass: 7 });
  await comes(most + 1);
  closeSync(descriptor);
});

const float = fc.float({ noNaN: true });
const features = fc.integer({ min: 0, max: 5 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    bags: fc.array(fc.array(fc.nat(9), { minLength: size, maxLength: size }), { maxLength: 4 }),
    isWeighted: fc.boolean(),
    extra: fc.boolean(),
    number: float,
  }),
);

test('a batch comes out of its message as it was', () => {
  fc.assert(
    fc.property(features, ({ size, bags, isWeighted, extra, number }) => {
      const single = Uint32Array.from({ length: size + 1 }, (_, i) => i);
      const batch = {
        size,
        labels: new Float32Array(size).fill(1),
        dense: new Float32Array(size * 3).fill(number),
        features: bags.map((lengths, f) => {
          let sum = 0;
          const offsets = f % 2 ? single : Uint32Array.of(0, ...lengths.map((length) => (sum += length)));
          const indices = Uint32Array.from({ length: offsets[size]! }, (_, i) => 2 ** 32 - 1 - i);
          return {
            indices,
            offsets,
            ...(isWeighted && { perSampleWeights: new Float32Array(indices.length).fill(number) }),
          };
        }),
        ...(extra && { weights: new Float32Array(size).fill(2), groups: new Uint32Array(size).fill(3) }),
      };
      expect(unpackBatch(packBatch(batch))).toEqual(batch);
    }),
  );
});

test('a dataset that is not closed keeps no process alive, and one whose batches are awaited does', () => {
  const script = join(folder, 'read.mjs');
  const entry = JSON.stringify(new URL('../src/index.ts', import.meta.url).href);
  writeFileSync(
    script,
    `import { openDataset } from ${entry};
     const dataset = await openDataset(${JSON.stringify(config)}, { readingThread: true });
     let rows = 0;
     for await (const { size } of dataset.batches({ split: 'train', batchSize: 100 })) rows += size;
     await dataset.batches({ split: 'test', batchSize: 1 })[Symbol.asyncIterator]().next();
     console.log(rows === dataset.rows.train);`,
  );
  const run = execFileSync(process.execPath, ['--conditions=@ttrec/source', script], { timeout: 60_000 });
  expect(String(run).trim()).toBe('true');
});
