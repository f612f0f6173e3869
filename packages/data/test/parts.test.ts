import { statSync } from 'node:fs';
import os from 'node:os';
import {
  openDataset,
  type DataConfig,
  type Dataset,
  type OpenOptions,
  type ReadingWorkers,
} from '@ttrec/data';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test, vi } from 'vitest';
import { refusal } from './batches.ts';
import { fieldsOf, hex } from './criteo-lines.ts';
import { fileOf, gzipped } from './files.ts';

/** Workers in one thread: each call waits for that of all others, and gets copies. */
function workerGroup(size: number, leastBytes = 0): ReadingWorkers[] {
  const next = () => {
    const waiting: (() => void)[] = [];
    const ended = new Promise<void>((resolve) => waiting.push(resolve));
    return { sent: [] as Uint8Array[], arrived: 0, end: () => waiting[0]!(), ended };
  };
  let round = next();
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    leastBytes,
    async allgatherv(own) {
      const current = round;
      current.sent[rank] = own.slice();
      if (++current.arrived === size) {
        round = next();
        current.end();
      }
      await current.ended;
      return current.sent.map((bytes) => bytes.slice());
    },
  }));
}

interface Opened {
  readonly dataset: Dataset;
  /** That were read and parsed. */
  readonly bytes: number;
}

async function opened(config: DataConfig, options: OpenOptions = {}): Promise<Opened> {
  let bytes = 0;
  const onProgress: OpenOptions['onProgress'] = ({ phase, totalBytes }) => {
    if (phase === 'read') bytes = totalBytes!;
  };
  return { dataset: await openDataset(config, { seed: 3, ...options, onProgress }), bytes };
}

/** Everything of a dataset, as plain data. */
async function contentsOf(dataset: Dataset) {
  const { schema, rows, positives, baseRate, encoding, digest } = dataset;
  // Workers may leave no processor to a reading thread, which changes nothing else.
  const { readingThread: _, ...report } = dataset.report;
  const all: unknown[] = [];
  for (const split of ['train', 'validation', 'test'] as const)
    for await (const batch of dataset.batches({ split, batchSize: 7 })) all.push(batch);
  const tables = encoding?.tables.map((table) =>
    'values' in table ? { ...table, values: [...table.values] } : table,
  );
  return { schema, rows, positives, baseRate, encoding: { ...encoding, tables }, digest, report, all };
}

/** What W workers open is what one opens; each started in its turn. @returns bytes that each has read */
async function expectSame(
  config: DataConfig,
  order: readonly number[],
  options: OpenOptions = {},
): Promise<number[]> {
  const group = workerGroup(order.length);
  const one = await contentsOf((await opened(config, options)).dataset);
  const several: Promise<Opened>[] = [];
  for (const rank of order) {
    several[rank] = opened(config, { ...options, workers: group[rank]! });
    await new Promise(setImmediate);
  }
  const all = await Promise.all(several);
  for (const { dataset } of all) expect(await contentsOf(dataset)).toEqual(one);
  return all.map(({ bytes }) => bytes);
}

/** All orders of 0 … count - 1. */
function ordersOf(count: number): number[][] {
  if (count === 0) return [[]];
  return ordersOf(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, at) => order.toSpliced(at, 0, count - 1)),
  );
}

const inOrder = (size: number) => Array.from({ length: size }, (_, rank) => rank);

/** Few values, some of which come late; quotes, empty cells, line ends inside of cells, and lines that are skipped. */
const rowsOfText = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const cell = ['plain', '', `value ${i % 11}`, '"with, comma"', '"with ""quotes"""', 'ü'][(i * 7) % 6]!;
    const bag = ['a|b', '', `b|${i % 5}`, 'c'][i % 4]!;
    if (i % 13 === 12) return 'too,short';
    return `${i % 3 === 0 ? 1 : 0},${cell},${bag},${i % 17 === 3 ? '' : (i * 37) % 101},${i % 4}.5,u${(i * i) % 19}`;
  });
const header = 'y,c,tags,n,w,g';

const everything = {
  format: 'csv',
  label: { column: 'y', equals: '1' },
  features: [
    { column: 'c', table: 'shared' },
    { column: 'tags', separator: '|' },
    { column: 'c', cross: 'g', name: 'pair', ids: { kind: 'hash', buckets: 50 } },
    { column: 'n', quantiles: 4, name: 'bucket' },
    { column: 'g', table: 'shared' },
  ],
  dense: [
    { column: 'n', transform: 'standardise' },
    { column: 'w', transform: 'none' },
  ],
  weight: 'w',
  group: 'g',
  onBadLine: 'skip',
  split: { by: 'random', validation: 0.2, test: 0.2 },
} as const satisfies Omit<Extract<DataConfig, { format: 'csv' }>, 'path'>;

describe('a dataset that several workers open is that of one, to the last bit', () => {
  const path = fileOf(`${header}\n${rowsOfText(1500).join('\n')}\n`, 'csv');
  const { size } = statSync(path);

  test.each([[0, 1], [1, 0], ...ordersOf(4)].map((order) => [order]))(
    'CSV, workers that come in the order %j',
    async (order) => {
      const bytes = await expectSame({ ...everything, path }, order);
      // But for the header, each byte is parsed by one of them.
      expect(bytes.reduce((sum, each) => sum + each, 0)).toBe(size - header.length - 1);
      for (const each of bytes) expect(each).toBeLessThan((1.1 * size) / order.length);
    },
  );

  test('CSV, a split by a column, and rows that do not fit in memory', async () => {
    const rows = Array.from(
      { length: 40_000 },
      (_, i) => `${i % 2},v${(i * i) % 3000},${(i * 7919) % 40_000}`,
    );
    const long = fileOf(`y,c,t\n${rows.join('\n')}`, 'csv');
    const config = {
      format: 'csv',
      path: long,
      label: { column: 'y', equals: '1' },
      features: [{ column: 'c', ids: { kind: 'vocabulary', minCount: 3 } }],
      dense: [{ column: 't', transform: 'quantile', buckets: 8 }],
      split: { by: 'column', column: 't', testFrom: 30_000 },
      cacheBytes: 1 << 18,
    } as const satisfies DataConfig;
    const bytes = await expectSame(config, [2, 0, 1]);
    expect(Math.max(...bytes)).toBeLessThan(statSync(long).size / 2);
  });

  test('CSV, whatever it has in it', async () => {
    const cell = fc.oneof(
      fc.constantFrom('', 'a', 'b', 'value', ',', '"', '\n', '\r\n', 'ü', '\ufeff'),
      fc.string({ maxLength: 3 }),
    );
    const quoted = fc
      .array(cell, { maxLength: 3 })
      .map((parts) => `"${parts.join('').replaceAll('"', '""')}"`);
    const line = fc.oneof(
      { arbitrary: fc.tuple(fc.constantFrom('0', '1'), quoted).map((cells) => cells.join(',')), weight: 20 },
      { arbitrary: fc.string({ maxLength: 4 }), weight: 1 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 4, maxLength: 40 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 2, max: 4 }),
        async (lines, end, workers) => {
          const config = {
            ...{ format: 'csv', path: fileOf(['y,c', ...lines].join(end), 'csv') },
            label: { column: 'y', equals: '1' },
            features: [{ column: 'c' }],
            onBadLine: 'skip',
            split: { by: 'random', test: 0 },
          } as const satisfies DataConfig;
          const one = await opened(config).then(({ dataset }) => contentsOf(dataset), refused);
          const group = workerGroup(workers);
          const all = group.map((each) =>
            opened(config, { workers: each }).then(({ dataset }) => contentsOf(dataset), refused),
          );
          for (const each of await Promise.all(all)) expect(each).toEqual(one);
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([2, 4])('JSON lines, %i workers', async (workers) => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      y: i % 3,
      c: i % 7 === 0 ? null : `v${i % 23}`,
      tags: [`t${i % 5}`, `t${i % 3}`].slice(i % 3),
      n: i % 31,
    }));
    const lines = rows.map((row, i) => (i % 50 === 49 ? 'no JSON' : JSON.stringify(row)));
    const json = fileOf(`${lines.join('\r\n')}\n\n`, 'jsonl');
    const config = {
      ...{ format: 'jsonl', path: json, onBadLine: 'skip', split: { by: 'last', test: 0.25 } },
      label: { column: 'y', atLeast: 1 },
      features: [{ column: 'c' }, { column: 'tags', separator: '|' }],
      dense: [{ column: 'n' }],
    } as const satisfies DataConfig;
    const bytes = await expectSame(config, inOrder(workers));
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBe(statSync(json).size);
  });

  test.each([2, 4])('Parquet, %i workers', async (workers) => {
    const count = 900;
    const of = <Value>(make: (i: number) => Value) => Array.from({ length: count }, (_, i) => make(i));
    const file = parquetWriteBuffer({
      columnData: [
        { name: 'y', data: of((i) => i % 2), type: 'INT32' },
        { name: 'c', data: of((i) => `v${(i * i) % 91}`), type: 'STRING' },
        { name: 'n', data: of((i) => i / 7), type: 'DOUBLE' },
      ],
      rowGroupSize: 100,
    });
    const config = {
      ...{
        format: 'parquet',
        path: fileOf(new Uint8Array(file), 'parquet'),
        split: { by: 'random', test: 0.3 },
      },
      label: { column: 'y', equals: '1' },
      features: [{ column: 'c' }],
      dense: [{ column: 'n', transform: 'standardise' }],
    } as const satisfies DataConfig;
    await expectSame(config, inOrder(workers));
  });

  test.each([
    ['vocabulary', { kind: 'vocabulary', minCount: 2 }, { by: 'random', test: 0.2 }],
    ['hash', { kind: 'hash', buckets: 40 }, { by: 'last', test: 0.2 }],
    ['vocabulary', { kind: 'vocabulary', unseen: 'hash', unseenRows: 3 }, { by: 'last', test: 0.2 }],
    [
      'vocabulary',
      { kind: 'vocabulary', minCount: 4, maxSize: 100 },
      { by: 'last', test: 0.1, validation: 0.3 },
    ],
  ] as const)('a Criteo log, ids by %s', async (_, ids, split) => {
    const lines = Array.from({ length: 9000 }, (_, i) =>
      i % 999 === 5
        ? 'broken'
        : fieldsOf({
            0: String(i % 2),
            3: i % 5 === 0 ? '' : String(i),
            14: hex((i * i) % 977),
            20: i % 7 ? hex(i % 70) : '',
          }).join('\t'),
    );
    const log = fileOf(`\ufeff${lines.join('\n')}\n`, 'tsv');
    const config = {
      format: 'criteo',
      path: log,
      ids,
      split,
      onBadLine: 'skip',
    } as const satisfies DataConfig;
    const bytes = await expectSame(config, [2, 0, 1]);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBe(statSync(log).size);
    const more = { ...config, path: fileOf(lines.toReversed().slice(3000).join('\n'), 'tsv') };
    const { encoding } = (await opened(config)).dataset;
    for (const options of [{ extending: encoding }, { scoring: encoding }])
      await expectSame(more, inOrder(2), options);
  });

  test('data that extends a vocabulary, and data that is scored', async () => {
    const { dataset } = await opened({ ...everything, path });
    const more = fileOf(`${header}\n${rowsOfText(2100).slice(700).join('\n')}\n`, 'csv');
    const { encoding } = dataset;
    for (const options of [{ extending: encoding }, { scoring: encoding }]) {
      const bytes = await expectSame({ ...everything, path: more }, inOrder(3), options);
      expect(Math.max(...bytes)).toBeLessThan(statSync(more).size / 2);
    }
  });
});

const refused = (thrown: unknown) => (thrown as { code: string }).code;

describe('every worker reads the whole of', () => {
  const rows = Array.from({ length: 400 }, (_, i) => `${i % 2},v${i}`);
  const text = `y,c\n${rows.join('\n')}\n`;
  const config = {
    ...{ format: 'csv', path: fileOf(text, 'csv') },
    label: { column: 'y', equals: '1' },
    features: [{ column: 'c' }],
    split: { by: 'random', test: 0 },
  } as const satisfies DataConfig;

  test.each([
    ['an archive', { path: fileOf(gzipped(text), 'csv.gz') }],
    ['rows of which some are one', { distinct: ['c'] }],
    ['values that are too many to count', { vocabularyLimit: 50 }],
  ])('%s', async (_, changed) => {
    const whole = { ...config, ...changed };
    const { size } = statSync(whole.path);
    expect(await expectSame(whole, inOrder(3))).toEqual([size, size, size]);
  });

  test('a small file', async () => {
    const group = workerGroup(2, 4096);
    const all = await Promise.all(group.map((workers) => opened(config, { workers })));
    expect(all.map(({ bytes }) => bytes)).toEqual([text.length, text.length]);
  });

  test('a file with a fault, which all refuse with the words of one', async () => {
    const broken = { ...config, path: fileOf(text.replace('1,v301', '1,v301,more'), 'csv') };
    const all = workerGroup(3).map((workers) => opened(broken, { workers }));
    for (const { code, message } of await Promise.all(all.map((each) => refusal(each)))) {
      expect(code).toBe('data/wrong-column-count');
      expect(message).toContain('line 303: a line must have 2 columns');
    }
  });

  test('files that differ, so that their digests do', async () => {
    const paths = [config.path, fileOf(text.replace('v399', 'v398'), 'csv')];
    const all = workerGroup(2).map((workers, w) => opened({ ...config, path: paths[w]! }, { workers }));
    const [one, other] = await Promise.all(all);
    expect(one!.dataset.digest).toBe((await opened(config)).dataset.digest);
    expect(other!.dataset.digest).not.toBe(one!.dataset.digest);
  });
});

test.each([
  [2, undefined, false],
  [2, 1, true],
  [3, 2, false],
  [3, 1, true],
])(
  'of %i workers, of which %s are on this machine of 2 processors, rows are read in a separate thread: %s',
  async (size, sizeHere, expected) => {
    vi.spyOn(os, 'availableParallelism').mockReturnValue(2);
    const config: DataConfig = {
      format: 'csv',
      path: fileOf(['y,u', ...Array.from({ length: 99 }, (_, i) => `${i % 2},u${i % 7}`)].join('\n'), 'csv'),
      label: { column: 'y', equals: '1' },
      features: [{ column: 'u' }],
      split: { by: 'last', test: 0.1 },
      cacheBytes: 0,
    };
    const datasets = await Promise.all(
      workerGroup(size).map((workers) => openDataset(config, { workers: { ...workers, sizeHere } })),
    );
    vi.restoreAllMocks();
    expect(datasets.map(({ report }) => report.readingThread)).toEqual(datasets.map(() => expected));
  },
);
