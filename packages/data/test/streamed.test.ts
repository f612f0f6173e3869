import { availableParallelism } from 'node:os';
import { RandomStream } from '@ttrec/core';
import { openDataset, type BatchOptions, type DataConfig, type Dataset } from '@ttrec/data';
import { createEncoder, type RawRow } from '@ttrec/data/encoding';
import { describe, expect, test, vi } from 'vitest';
import { CHUNK_ROWS, sizeOf, type Chunk } from '../src/chunks/chunk.ts';
import { ChunkList } from '../src/chunks/chunk-list.ts';
import { openScratch, scratchReader } from '../src/chunks/scratch.ts';
import { Digest } from '../src/digest.ts';
import { StreamReader } from '../src/stored-rows/row-readers.ts';
import { ZipfSampler } from '../src/synthetic/zipf.ts';
import { batchesOf, refusal } from './batches.ts';
import { valuesOf } from './encodings.ts';

/** Three chunks of rows, the last one not full. */
const ROWS = 40_000;
const stream = new RandomStream(3, 'rows');
const rows: RawRow[] = Array.from({ length: ROWS }, (_, i) => {
  const tags = Array.from({ length: stream.nextInteger(4) }, () => `t${stream.nextInteger(30)}`);
  return {
    user: `u${stream.nextInteger(500)}`,
    item: `i${stream.nextInteger(200)}`,
    tags: tags.join('|'),
    parts: tags.map((_tag, at) => at + 0.5).join('|'),
    age: i % 7 === 0 ? '' : stream.nextInteger(90),
    price: stream.nextInteger(10_000) / 8,
    at: 1_700_000_000 + i * 60,
    place: stream.nextInteger(50),
    w: 1 + (i % 3),
    y: stream.nextInteger(3) === 0 ? 1 : 0,
  };
});

const config = {
  format: 'rows',
  label: { column: 'y', equals: '1' },
  weight: 'w',
  group: 'user',
  dense: [
    { column: 'age', transform: 'standardise', flagMissing: true },
    { column: 'price', transform: 'quantile', buckets: 9 },
    { column: 'price', name: 'log', transform: 'log1p' },
    { column: 'at', time: 'age' },
  ],
  features: [
    { column: 'user', ids: { kind: 'hash', buckets: 90 } },
    { column: 'item' },
    { column: 'tags', separator: '|', weights: 'parts' },
    { column: 'price', name: 'bucket', quantiles: 5 },
    { column: 'item', cross: 'place' },
    { column: 'at', name: 'hour', time: 'hour' },
    { column: 'place', ids: { kind: 'row', rows: 50 } },
  ],
  split: { by: 'random', validation: 0.1, test: 0.2 },
  shuffleWindow: 5000,
} satisfies DataConfig;

const open = (change: object = {}, given: readonly RawRow[] = rows, extending?: Dataset['encoding']) =>
  openDataset(
    { ...config, ...change },
    {
      seed: 5,
      extending,
      rows: async function* () {
        for (let at = 0; at < given.length; at += 1000) yield given.slice(at, at + 1000);
      },
    },
  );

/** All bits of batches, in 32 digits: comparing them one by one takes a minute. */
async function bitsOf(dataset: Dataset, options: BatchOptions): Promise<string> {
  const digest = new Digest();
  for await (const { labels, dense, features, weights, groups } of dataset.batches(options)) {
    digest.add(labels).add(dense);
    for (const { indices, offsets, perSampleWeights } of features) {
      digest.add(indices).add(offsets);
      if (perSampleWeights) digest.add(perSampleWeights);
    }
    if (weights) digest.add(weights);
    if (groups) digest.add(groups);
  }
  return digest.finish();
}

const orders = [
  { split: 'train', batchSize: 512, epoch: 2 },
  { split: 'train', batchSize: 7, skipBatches: 3900 },
  { split: 'train', batchSize: 6000, epoch: 1, skipBatches: 2 },
  { split: 'test', batchSize: 1000 },
  { split: 'validation', batchSize: 300, shuffle: true },
] as const;

describe.each([
  ['a random split', {}],
  ['the last rows', { split: { by: 'last', validation: 0.1, test: 0.2 } }],
  ['a split by a column', { split: { by: 'column', column: 'at', test: 0.3 } }],
  ['one row a key', { distinct: ['user', 'item'] }],
  ['a window of all rows', { shuffleWindow: ROWS }],
  ['a window that is no multiple of anything', { shuffleWindow: 777 }],
  [
    'drawn negatives',
    { negatives: { user: 'user', item: 'item', columns: ['tags', 'parts', 'place', 'price'], ratio: 2 } },
  ],
])('with %s', (_, change) => {
  test('rows read from disk give the batches, vocabularies and digest of rows in memory', async () => {
    const held = await open(change);
    const streamed = await open({ ...change, cacheBytes: 0 });
    expect(held.report.rowsAre).toBe('in memory');
    expect(streamed.report).toEqual({
      ...held.report,
      rowsAre: 'streamed',
      readingThread: availableParallelism() > 1,
    });
    expect(streamed.encoding).toEqual(held.encoding);
    expect(streamed.digest).toBe(held.digest);
    for (const options of orders) expect(await bitsOf(streamed, options)).toBe(await bitsOf(held, options));
  });
});

test('ids that need more bytes than the codes before them are stored', async () => {
  // Ten values fill the first chunk, and are the rarest of the training rows.
  const many: RawRow[] = Array.from({ length: 2 * CHUNK_ROWS + 9000 }, (_, i) => ({
    item: i < CHUNK_ROWS ? `rare${i % 10}` : `v${i % 300}`,
    tags: i < CHUNK_ROWS ? `r${i % 3}|r${i % 2}` : `t${i % 290}|t${i % 280}`,
    isTest: i >= 10 && i < CHUNK_ROWS ? 1 : 0,
    y: i % 2,
  }));
  const change = {
    weight: undefined,
    group: undefined,
    dense: [],
    features: [{ column: 'item' }, { column: 'tags', separator: '|' }],
    split: { by: 'column', column: 'isTest', testFrom: 1 },
  };
  const held = await open(change, many);
  const streamed = await open({ ...change, cacheBytes: 0 }, many);
  expect(streamed.digest).toBe(held.digest);
  for (const options of orders) expect(await bitsOf(streamed, options)).toBe(await bitsOf(held, options));
  const [first] = await batchesOf(streamed, { split: 'train', batchSize: 10, shuffle: false });
  const values = valuesOf(held);
  expect(Array.from(first!.features[0]!.indices, (id) => values[id - 1])).toEqual(
    Array.from({ length: 10 }, (_, i) => `rare${i}`),
  );
  expect(Math.min(...first!.features[0]!.indices)).toBeGreaterThan(255);
});

test('two passes over streamed rows may overlap', async () => {
  const dataset = await open({ cacheBytes: 0 });
  const [train, test] = await Promise.all([
    bitsOf(dataset, { split: 'train', batchSize: 512 }),
    bitsOf(dataset, { split: 'test', batchSize: 512 }),
  ]);
  expect(train).toBe(await bitsOf(dataset, { split: 'train', batchSize: 512 }));
  expect(test).toBe(await bitsOf(dataset, { split: 'test', batchSize: 512 }));
});

test('of a split that is spread thinly, only its own rows are held, and chunks are read one at a time', async () => {
  const chunks = new ChunkList();
  const count = 20;
  for (let chunk = 0; chunk < count; chunk++) {
    const ends = Uint32Array.from({ length: CHUNK_ROWS }, (_, row) => 2 * row + 2);
    const bags = Uint32Array.from({ length: 2 * CHUNK_ROWS }, (_, at) => chunk * 1e6 + at);
    chunks.push([
      Float32Array.from(ends, (end) => chunk * 1e5 + end),
      ends,
      bags,
      new Uint8Array(CHUNK_ROWS),
    ]);
  }
  const [scratch, reading] = [await openScratch(), { now: 0, most: 0 }];
  const read = scratch.read.bind(scratch);
  scratch.read = async (...where) => {
    reading.most = Math.max(reading.most, ++reading.now);
    const bytes = await read(...where);
    reading.now--;
    return bytes;
  };
  await chunks.store(scratch);
  const everyHundredth = Uint8Array.from({ length: count * CHUNK_ROWS }, (_, row) => (row % 100 ? 0 : 1));
  const features = [{ first: 1, multiValued: true, weighted: false }];
  const layout = { dense: 1, features, weights: undefined, groups: undefined, labels: 3 };
  const reader = new StreamReader({ chunks, layout }, everyHundredth, 1);
  const rows = Math.ceil((count * CHUNK_ROWS) / 100);
  await reader.load(0, rows, rows);
  const picked = reader.pick(Uint32Array.from({ length: rows }, (_, row) => row));
  const found = picked.chunks.map(([dense, ends, bags], b) => {
    const at = picked.at[b]!;
    const start = at === 0 ? 0 : ends![at - 1]!;
    return [dense![at], ...bags!.subarray(start, ends![at])];
  });
  const expected = Array.from({ length: rows }, (_, i) => {
    const [chunk, row] = [Math.floor((100 * i) / CHUNK_ROWS), (100 * i) % CHUNK_ROWS];
    return [chunk * 1e5 + 2 * row + 2, chunk * 1e6 + 2 * row, chunk * 1e6 + 2 * row + 1];
  });
  expect(found).toEqual(expected);
  const held = [...new Set<Chunk>(picked.chunks)].reduce((sum, chunk) => sum + sizeOf(chunk), 0);
  // Four bytes of a number, four of an end, twice four of a bag, and a label.
  expect(held).toBe(17 * rows);
  expect(reading.most).toBe(1);
});

test('without a shuffleWindow, rows in memory are shuffled as one', async () => {
  const whole = await open({ shuffleWindow: ROWS });
  const options = { split: 'train', batchSize: 1000 } as const;
  expect(await bitsOf(await open({ shuffleWindow: undefined }), options)).toBe(await bitsOf(whole, options));
});

describe('a vocabulary of more values than are counted at a time', () => {
  const zipf = new ZipfSampler(20_000, 1.1);
  const draws = new RandomStream(8, 'ids');
  const values: number[] = [];
  while (values.length < ROWS) {
    const id = zipf.accept(draws.nextUniform());
    if (id >= 0) values.push(id);
  }
  const given = values.map((id, i) => ({ id: `v${id}`, bag: `v${id}|w${id % 7}`, y: i % 2 }));
  const plain = {
    dense: [],
    weight: undefined,
    group: undefined,
    features: [{ column: 'id' }, { column: 'bag', separator: '|' }],
    split: { by: 'random', test: 0.2 },
    vocabularyLimit: 1000,
  };
  const counts = new Map<string, number>();
  for (const { id } of given) counts.set(id, (counts.get(id) ?? 0) + 1);

  test.each(['in memory', 'streamed'] as const)(
    'holds every value that is more frequent than the error, %s',
    async (where) => {
      const dataset = await open({ ...plain, cacheBytes: where === 'streamed' ? 0 : 1e9 }, given);
      expect(dataset.report.rowsAre).toBe(where);
      const { droppedUpTo, numEmbeddings, distinct } = dataset.report.tables[0]!;
      expect(distinct).toBeUndefined();
      // Twice the lookups over the limit.
      expect(droppedUpTo).toBeLessThanOrEqual((2 * ROWS) / 1000);
      expect(droppedUpTo).toBeGreaterThan(0);
      expect(numEmbeddings).toBeLessThanOrEqual(1001);
      const table = valuesOf(dataset);
      const kept = new Set(table);
      const exact = await open({ ...plain, vocabularyLimit: undefined }, given);
      const all = valuesOf(exact);
      const trained = new Set(all);
      // Counts are exact, and so is the order of the frequent ones.
      expect(table.slice(0, 50)).toEqual(all.slice(0, 50));
      for (const [value, count] of counts) {
        if (count > droppedUpTo!)
          expect([value, kept.has(value) || !trained.has(value)]).toEqual([value, true]);
      }
      expect(table[0]).toBe('v0');
    },
  );

  test('encodes raw rows as its batches are', async () => {
    const dataset = await open(
      { ...plain, ids: { kind: 'vocabulary', unseen: 'hash', unseenRows: 64 } },
      given,
    );
    const encoder = createEncoder(dataset.encoding!);
    const [batch] = await batchesOf(dataset, { split: 'test', batchSize: ROWS });
    const numbered = given.map((row, n) => ({ ...row, n }));
    const [numbers] = await batchesOf(await open({ ...plain, dense: [{ column: 'n' }] }, numbered), {
      split: 'test',
      batchSize: ROWS,
    });
    const raw = Array.from(numbers!.dense, (n) => given[n]!);
    expect(encoder.encode(raw).features).toEqual(batch!.features);
  });

  test('streamed rows have the batches of rows in memory', async () => {
    const held = await open(plain, given);
    const streamed = await open({ ...plain, cacheBytes: 0 }, given);
    expect(streamed.digest).toBe(held.digest);
    const options = { split: 'train', batchSize: 512 } as const;
    expect(await bitsOf(streamed, options)).toBe(await bitsOf(held, options));
  });

  test('counts new values apart from a longer vocabulary that it extends', async () => {
    const features = [{ column: 'id' }];
    const before = await open({ ...plain, features, vocabularyLimit: undefined }, given);
    const known = valuesOf(before);
    expect(known.length).toBeGreaterThan(2000);
    const later = given.map((_row, i) => ({ id: i % 8 ? `new${i % 100}` : `once${i}`, y: (i >> 1) % 2 }));
    const dataset = await open({ ...plain, features }, later, before.encoding);
    const all = valuesOf(dataset);
    expect(all.slice(0, known.length)).toEqual(known);
    const added = all.slice(known.length);
    expect(added.slice(0, 100).sort()).toEqual(Array.from({ length: 100 }, (_, i) => `new${i}`).sort());
    expect(added.length).toBeLessThanOrEqual(1000);
    expect(dataset.report.tables[0]!.droppedUpTo).toBeGreaterThan(0);
    expect(dataset.report.tables[0]!.droppedUpTo).toBeLessThanOrEqual((2 * ROWS) / 1000);
  });

  test('is refused where unseen values are errors', async () => {
    const ids = { kind: 'vocabulary', unseen: 'error' };
    const { code, message } = await refusal(open({ ...plain, ids }, given));
    expect(code).toBe('data/too-many-values');
    expect(message).toMatch(
      /^\[data\] table id: must have at most 1000 different values \(unseen: "error"\), got \d+\. Raise vocabularyLimit, or give unseen values a row\.$/,
    );
  });
});

test('without room for a temporary file, opening is refused', async () => {
  vi.stubEnv('TMPDIR', '/nowhere/at all');
  try {
    const { code, message } = await refusal(open({ cacheBytes: 0 }));
    expect(code).toBe('data/no-scratch');
    expect(message).toContain(
      '[data] /nowhere/at all: must have room for the rows that do not fit in memory, got ENOENT',
    );
  } finally {
    vi.unstubAllEnvs();
  }
});

test.each(['a file', 'blobs'])('%s keeps bytes, and takes others in their place', async (kind) => {
  if (kind === 'blobs') vi.stubGlobal('process', undefined);
  try {
    const scratch = await openScratch();
    const [first, second] = [
      await scratch.write(Uint8Array.of(1, 2, 3)),
      await scratch.write(Uint8Array.of(4, 5)),
    ];
    const changed = await scratch.overwrite(first, Uint8Array.of(7, 8));
    expect([...new Uint8Array(await scratch.read(changed, 0, 2))]).toEqual([7, 8]);
    expect([...new Uint8Array(await scratch.read(second, 1, 2))]).toEqual([5]);
    const elsewhere = scratchReader(scratch.place);
    expect([...new Uint8Array(await elsewhere.read(second, 0, 2))]).toEqual([4, 5]);
  } finally {
    vi.unstubAllGlobals();
  }
});
