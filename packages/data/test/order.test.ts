import { availableParallelism } from 'node:os';
import { appendFileSync, rmSync } from 'node:fs';
import { openDataset, type DataConfig, type Dataset, type Progress } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { batchesOf, refusal, rowsOf } from './batches.ts';
import { C1, hex, I1, lineOf } from './criteo-lines.ts';
import { fileOf } from './files.ts';

const ROWS = 1000;
const criteoText = Array.from({ length: ROWS }, (_, i) =>
  lineOf({ 0: i % 3 === 0 ? '1' : '0', [I1]: String(i), [C1]: hex(i % 7) }),
).join('\n');
const csvText = `id,c,y\n${Array.from({ length: ROWS }, (_, i) => `${i},${i % 7},${i % 3 === 0 ? 1 : 0}`).join('\n')}`;
const split = { by: 'random', validation: 0.1, test: 0.2 } as const;

const criteo = {
  format: 'criteo',
  path: fileOf(criteoText),
  ids: { kind: 'vocabulary' },
  split,
  shuffleWindow: 64,
} as const;
const configs: Record<string, DataConfig> = {
  'criteo in memory': criteo,
  'criteo streamed': { ...criteo, cacheBytes: 0 },
  csv: {
    format: 'csv',
    path: fileOf(csvText),
    label: { column: 'y', equals: '1' },
    dense: [{ column: 'id' }],
    features: [{ column: 'c' }],
    split,
  },
  synthetic: {
    format: 'synthetic',
    rows: { train: 700, validation: 100, test: 200 },
    cardinalities: [50, 10_000_000],
  },
};

describe.each(Object.entries(configs))('%s', (_, config) => {
  const open = (seed = 5) => openDataset(config, { seed });

  test('batches that start later are bit for bit the later batches', async () => {
    const dataset = await open();
    const all = await batchesOf(dataset, { split: 'train', batchSize: 48, epoch: 1 });
    const reopened = await open();
    for (const skipBatches of [1, 5, all.length - 1, all.length]) {
      const late = await batchesOf(reopened, { split: 'train', batchSize: 48, epoch: 1, skipBatches });
      expect(late).toEqual(all.slice(skipBatches));
    }
  });

  test('parts of batches are those rows of the whole batches, however few', async () => {
    const dataset = await open();
    const order = { split: 'train', batchSize: 48, epoch: 1, skipBatches: 2 } as const;
    const whole = await batchesOf(dataset, order);
    const cuts = [0, 20, 20, 48];
    const parts = await Promise.all(
      cuts.slice(1).map((_, worker) => {
        const [from, to] = cuts.slice(worker) as [number, number];
        const part = (rows: number) => ({ start: Math.min(rows, from), end: Math.min(rows, to) });
        return batchesOf(dataset, { ...order, part });
      }),
    );
    whole.forEach((batch, b) => {
      expect(rowsOf(parts.map((own) => own[b]!))).toEqual(rowsOf([batch]));
    });
    expect(parts.map((own) => own.length)).toEqual(parts.map(() => whole.length));
    expect(parts[1]!.every(({ size }) => size === 0)).toBe(true);
  });

  test('each epoch has every row once, in an order of its own; the seed changes it', async () => {
    const dataset = await open();
    const rows = async (from: Dataset, epoch: number) =>
      rowsOf(await batchesOf(from, { split: 'train', batchSize: 48, epoch })).map((row) =>
        JSON.stringify(row),
      );
    const first = await rows(dataset, 0);
    const second = await rows(dataset, 1);
    expect(first).toHaveLength(dataset.rows.train);
    expect(second).not.toEqual(first);
    expect(second.toSorted()).toEqual(first.toSorted());
    expect(await rows(await open(5), 0)).toEqual(first);
    expect(await rows(await open(6), 0)).not.toEqual(first);
  });

  test('every split holds the rows it says, the last batch the rest', async () => {
    const dataset = await open();
    for (const name of ['train', 'validation', 'test'] as const) {
      const batches = await batchesOf(dataset, { split: name, batchSize: 48 });
      const rows = dataset.rows[name];
      expect(batches.map((batch) => batch.size)).toEqual(
        Array.from({ length: Math.ceil(rows / 48) }, (_, i) => Math.min(48, rows - 48 * i)),
      );
      const counted = dataset.positives[name];
      if (counted === undefined) continue;
      expect(rowsOf(batches).reduce((sum, row) => sum + row.label, 0)).toBe(counted);
    }
  });
});

test('a file read in windows gives the batches of one held in memory', async () => {
  const held = await openDataset(configs['criteo in memory']!, { seed: 5 });
  const streamed = await openDataset(configs['criteo streamed']!, { seed: 5 });
  for (const options of [
    { split: 'train', batchSize: 100, epoch: 2 },
    { split: 'train', batchSize: 7, skipBatches: 30 },
    { split: 'test', batchSize: 64 },
    { split: 'validation', batchSize: 64, shuffle: true },
  ] as const) {
    expect(await batchesOf(streamed, options)).toEqual(await batchesOf(held, options));
  }
  expect(streamed.report).toEqual({
    ...held.report,
    rowsAre: 'streamed',
    readingThread: availableParallelism() > 1,
  });
  expect(streamed.schema).toEqual(held.schema);
});

test('windows bound how far shuffling moves a row', async () => {
  const dataset = await openDataset({ ...criteo, split: { by: 'last', test: 0.1 } }, { seed: 5 });
  const rows = rowsOf(await batchesOf(dataset, { split: 'train', batchSize: 900 }));
  rows.forEach((row, place) => {
    expect(Math.floor(Math.round(Math.expm1(row.dense[0]!)) / 64)).toBe(Math.floor(place / 64));
  });
});

describe('splits', () => {
  const idsIn = async (dataset: Dataset, name: 'train' | 'validation' | 'test') =>
    rowsOf(await batchesOf(dataset, { split: name, batchSize: 256, shuffle: false })).map(
      (row) => row.dense[0]!,
    );
  const csv = configs.csv as Extract<DataConfig, { format: 'csv' }>;

  test('a random split is disjoint, whole, and does not move when the file grows', async () => {
    const dataset = await openDataset(csv, { seed: 5 });
    const parts = await Promise.all(
      (['train', 'validation', 'test'] as const).map((name) => idsIn(dataset, name)),
    );
    expect(parts.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, i) => i));
    // Binomial with 1000 draws: four standard deviations are 38 rows at 0.1 and 51 at 0.2.
    expect(Math.abs(dataset.rows.validation - 100)).toBeLessThan(38);
    expect(Math.abs(dataset.rows.test - 200)).toBeLessThan(51);
    const longer = await openDataset({ ...csv, path: fileOf(`${csvText}\n1000,0,0`) }, { seed: 5 });
    expect((await idsIn(longer, 'test')).filter((id) => id < ROWS)).toEqual(parts[2]);
  });

  test('the last rows, by share', async () => {
    const dataset = await openDataset(
      { ...csv, split: { by: 'last', validation: 0.1, test: 0.2 } },
      { seed: 5 },
    );
    expect(dataset.rows).toEqual({ train: 700, validation: 100, test: 200 });
    expect(Math.min(...(await idsIn(dataset, 'test')))).toBe(800);
    expect(Math.min(...(await idsIn(dataset, 'validation')))).toBe(700);
  });

  test('by a column', async () => {
    const by = { by: 'column', column: 'c', testFrom: 6, validationFrom: 5 } as const;
    const dataset = await openDataset({ ...csv, split: by }, { seed: 5 });
    expect((await idsIn(dataset, 'test')).every((id) => id % 7 === 6)).toBe(true);
    expect((await idsIn(dataset, 'validation')).every((id) => id % 7 === 5)).toBe(true);
    expect((await idsIn(dataset, 'train')).every((id) => id % 7 < 5)).toBe(true);
  });

  test('a split that leaves nothing to train on', async () => {
    const promise = openDataset({ ...csv, split: { by: 'column', column: 'c', testFrom: 0 } }, { seed: 5 });
    const { code, message } = await refusal(promise);
    expect(code).toBe('data/no-training-rows');
    expect(message).toContain('the split must leave rows to train on, got 0 of 1000 rows');
  });
});

test('a file is read once: what becomes of it later changes no batch', async () => {
  const path = fileOf(criteoText);
  const dataset = await openDataset({ ...criteo, path, cacheBytes: 0 }, { seed: 5 });
  const before = await batchesOf(dataset, { split: 'test', batchSize: 10 });
  appendFileSync(path, `\n${lineOf()}`);
  expect(await batchesOf(dataset, { split: 'test', batchSize: 10 })).toEqual(before);
  rmSync(path);
  expect(await batchesOf(dataset, { split: 'test', batchSize: 10 })).toEqual(before);
});

test('opening tells how far it has come', async () => {
  for (const [name, phases] of [
    ['criteo streamed', ['read', 'encode']],
    ['csv', ['read', 'encode']],
  ] as const) {
    const told: Progress[] = [];
    await openDataset(configs[name]!, { seed: 5, onProgress: (progress) => told.push(progress) });
    expect([...new Set(told.map(({ phase }) => phase))]).toEqual(phases);
    expect(told.at(-1)!.rows).toBe(ROWS);
    const last = told.findLast(({ phase }) => phase === phases[0])!;
    expect(last.rows).toBe(ROWS);
    expect(last.bytesRead).toBe(last.totalBytes);
    expect(last.totalBytes).toBe((name === 'csv' ? csvText : criteoText).length);
  }
});

test.each(['random', 'last'] as const)(
  'a Criteo file of several blocks has the same batches in memory and in a file, and from any batch on: split %s',
  async (by) => {
    const rows = 20_000;
    const lines = Array.from({ length: rows }, (_, i) =>
      lineOf({ 0: i % 3 === 0 ? '1' : '0', [I1]: i % 5 === 0 ? '' : String(i), [C1]: hex((i * i) % 977) }),
    );
    const config = {
      ...criteo,
      path: fileOf(lines.join('\n')),
      split: { by, test: 0.1 },
      shuffleWindow: 3000,
      missingFlags: true,
    } as const;
    // Rows have 163 bytes: the second of three blocks is the first that does not fit.
    const opened = (cacheBytes: number) => openDataset({ ...config, cacheBytes }, { seed: 5 });
    const [held, spilled, stored] = [await opened(1e9), await opened(2e6), await opened(0)];
    expect([held, spilled, stored].map(({ report }) => report.rowsAre)).toEqual([
      'in memory',
      'streamed',
      'streamed',
    ]);
    for (const options of [
      { split: 'train', batchSize: 700, epoch: 1 },
      { split: 'train', batchSize: 700, epoch: 2, skipBatches: 19 },
      { split: 'test', batchSize: 999 },
      { split: 'test', batchSize: 300, skipBatches: 5 },
    ] as const) {
      const expected = await batchesOf(held, options);
      expect(await batchesOf(spilled, options)).toEqual(expected);
      expect(await batchesOf(stored, options)).toEqual(expected);
    }
    expect([spilled.digest, stored.digest]).toEqual([held.digest, held.digest]);
  },
);
