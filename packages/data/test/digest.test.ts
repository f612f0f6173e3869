import { writeFileSync } from 'node:fs';
import { openDataset, type DataConfig } from '@ttrec/data';
import { encodingDigest } from '@ttrec/data/encoding';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Digest, Murmur128 } from '../src/digest.ts';
import { batchesOf } from './batches.ts';
import { C1, fieldsOf, hex, I1, LABEL, lineOf } from './criteo-lines.ts';
import { saved } from './encodings.ts';
import { fileOf, gzipped } from './files.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('MurmurHash3_x86_128', () => {
  // From murmurhash3js-revisited 3.0.0; the last is also in its README.
  const tail = Array.from({ length: 20 }, (_, i) => (i * 7) % 256);
  test.each([
    ['', '00000000000000000000000000000000'],
    ['hello, world', '8b21605cb9b98a1e93273a83eb5957c7'],
    ['x'.repeat(1000), '02508d27189b6cffc11edb6e79f64f4b'],
    ["I will not buy this tobacconist's, it is scratched.", '9b5b7ba2ef3f7866889adeaf00f3f98e'],
    [tail.slice(0, 1), '88c4adec54d201b954d201b954d201b9'],
    [tail.slice(0, 13), '1959922652ac8d8ece2a3181acc43a0b'],
    [tail.slice(0, 15), '4cf5ed41e300d6ddef8eede07bc34115'],
    [tail.slice(0, 16), 'd6b63f0e4c0b73dd7ffcc62649df9240'],
    [tail, '0b18b52d08af7e32c140f5ca5413ccf3'],
  ])('of %j', (given, expected) => {
    const hash = new Murmur128();
    hash.update(typeof given === 'string' ? bytesOf(given) : Uint8Array.from(given));
    expect(hash.finish()).toBe(expected);
  });

  test('does not depend on how the bytes are cut, past its buffer too', () => {
    const bytes = Uint8Array.from({ length: 200_003 }, (_, i) => (i * i) >>> 3);
    const whole = new Murmur128();
    whole.update(bytes);
    const expected = whole.finish();
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 5 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const hash = new Murmur128();
        for (let i = 1; i < places.length; i++) hash.update(bytes.subarray(places[i - 1], places[i]));
        expect(hash.finish()).toBe(expected);
      }),
      { numRuns: 30 },
    );
  });
});

test('a digest tells parts apart, and not the order of keys', () => {
  const of = (...parts: string[]) =>
    parts.reduce((digest, part) => digest.addText(part), new Digest()).finish();
  expect(new Set([of('ab', 'c'), of('a', 'bc'), of('abc'), of('abc', ''), of('', 'abc')]).size).toBe(5);
  const json = (value: unknown) => new Digest().addJson(value).finish();
  expect(json({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(json({ b: [{ d: 3, c: 2 }], a: 1, e: undefined }));
  expect(json([1, 2])).not.toBe(json([2, 1]));
});

const csv: DataConfig = {
  format: 'csv',
  path: '',
  label: { column: 'y', equals: '1' },
  dense: [{ column: 'n' }],
  features: [{ column: 'c' }, { column: 'tags', separator: '|' }],
  split: { by: 'column', column: 't', testFrom: 4 },
};
const csvRows = [
  ['1', '5', 'a', 'x|y', '1', 'unused'],
  ['0', '6', 'b', 'x', '2', ''],
  ['1', '7', 'a', '', '3', ''],
  ['0', '8', 'a', 'y|x', '4', ''],
  ['1', '9', 'b', 'y', '5', ''],
];
const csvText = (rows: readonly (readonly string[])[]) =>
  ['y,n,c,tags,t,note', ...rows.map((row) => row.join(','))].join('\n');

const criteo: DataConfig = {
  format: 'criteo',
  path: '',
  ids: { kind: 'vocabulary' },
  split: { by: 'last', test: 0.25 },
};
const criteoRows = [
  fieldsOf({ [LABEL]: '1' }),
  fieldsOf({ [I1]: '7' }),
  fieldsOf({ [C1]: hex(99), [LABEL]: '1' }),
  fieldsOf({ [C1]: '' }),
];
const criteoText = (rows: readonly (readonly string[])[]) => rows.map((row) => row.join('\t')).join('\n');

async function digestOf(config: DataConfig, content: string | Uint8Array, seed = 1): Promise<string> {
  const at = config.format === 'synthetic' ? {} : { path: fileOf(content) };
  return (await openDataset({ ...config, ...at }, { seed })).digest;
}

/** The rows with one field changed. */
function changed(
  rows: readonly (readonly string[])[],
  row: number,
  column: number,
  value: string,
): string[][] {
  return rows.map((fields, r) => fields.map((field, c) => (r === row && c === column ? value : field)));
}

/** The rows with two of them exchanged. */
function swapped<Row>(rows: readonly Row[], a: number, b: number): Row[] {
  return rows.map((row, r) => (r === a ? rows[b]! : r === b ? rows[a]! : row));
}

describe('dataset.digest changes with', () => {
  const ofCsv = (rows: readonly (readonly string[])[], config: Partial<DataConfig> = {}) =>
    digestOf({ ...csv, ...config } as DataConfig, csvText(rows));

  test.each([
    ['a training label', changed(csvRows, 0, 0, '0')],
    ['a held-out label', changed(csvRows, 4, 0, '0')],
    ['a number', changed(csvRows, 3, 1, '8.5')],
    ['an id', changed(csvRows, 1, 2, 'a')],
    ['an unseen id', changed(csvRows, 4, 2, 'z')],
    ['an id of a bag', changed(csvRows, 1, 3, 'y')],
    ['the order of a bag', changed(csvRows, 0, 3, 'y|x')],
    ['a missing value', changed(csvRows, 1, 1, '')],
    ['the split of a row', changed(csvRows, 3, 4, '3')],
    ['the order of two training rows', swapped(csvRows, 0, 1)],
    ['the order of two test rows', swapped(csvRows, 3, 4)],
    ['a row less', csvRows.slice(1)],
    ['a row twice', [...csvRows, csvRows[4]!]],
  ])('csv: %s', async (_, rows) => {
    expect(await ofCsv(rows)).not.toBe(await ofCsv(csvRows));
  });

  test('csv: what the config makes of the rows', async () => {
    const digests = await Promise.all([
      ofCsv(csvRows),
      ofCsv(csvRows, { label: { column: 'y', equals: '0' } }),
      ofCsv(csvRows, { dense: [{ column: 'n', transform: 'log1p' }] }),
      ofCsv(csvRows, { dense: [] }),
      ofCsv(csvRows, { features: [{ column: 'c' }] }),
      ofCsv(csvRows, { split: { by: 'column', column: 't', testFrom: 5 } }),
      ofCsv(csvRows, { split: { by: 'column', column: 't', testFrom: 5, validationFrom: 4 } }),
    ]);
    expect(new Set(digests).size).toBe(digests.length);
    expect(new Set(digests.map((digest) => /^[0-9a-f]{32}$/.test(digest)))).toEqual(new Set([true]));
  });

  describe.each([
    ['in memory', {}],
    ['streamed', { cacheBytes: 0 }],
  ])('criteo, %s:', (_, config) => {
    const of = (rows: readonly (readonly string[])[], more: Partial<DataConfig> = {}) =>
      digestOf({ ...criteo, ...config, ...more } as DataConfig, criteoText(rows));

    test.each([
      ['a label', changed(criteoRows, 3, LABEL, '1')],
      ['a number', changed(criteoRows, 1, I1, '8')],
      ['an id', changed(criteoRows, 2, C1, hex(0))],
      ['a missing number', changed(criteoRows, 0, I1, '')],
      ['a missing id', changed(criteoRows, 2, C1, '')],
      ['the order of rows', swapped(criteoRows, 0, 1)],
      ['a row more', [...criteoRows, criteoRows[0]!]],
    ])('%s', async (_, rows) => {
      expect(await of(rows)).not.toBe(await of(criteoRows));
    });

    test('the split and the tables', async () => {
      const digests = await Promise.all([
        of(criteoRows),
        of(criteoRows, { split: { by: 'last', test: 0.5 } }),
        of(criteoRows, { ids: { kind: 'vocabulary', minCount: 2 } }),
        of(criteoRows, { ids: { kind: 'hash', buckets: 100 } }),
        of(criteoRows, { ids: { kind: 'hash', buckets: 101 } }),
      ]);
      expect(new Set(digests).size).toBe(digests.length);
    });
  });

  test('synthetic: seed and config', async () => {
    const base = {
      format: 'synthetic' as const,
      rows: { train: 9, test: 3 },
      cardinalities: [5, 4],
      dense: 2,
    };
    const digests = await Promise.all([
      digestOf(base, ''),
      digestOf(base, '', 2),
      digestOf({ ...base, rows: { train: 8, validation: 1, test: 3 } }, ''),
      digestOf({ ...base, cardinalities: [4, 5] }, ''),
      digestOf({ ...base, zipf: 1 }, ''),
      digestOf({ ...base, shares: { noise: 0.2 } }, ''),
    ]);
    expect(new Set(digests).size).toBe(digests.length);
    const same = await digestOf({ idsPerBag: 1, zipf: 1.05, ...base }, '');
    expect(same).toBe(digests[0]);
  });
});

describe('dataset.digest is the same', () => {
  test('for the same rows packed, with other line ends, and with other columns nobody reads', async () => {
    const digest = await digestOf(csv, csvText(csvRows));
    expect(await digestOf(csv, gzipped(csvText(csvRows)))).toBe(digest);
    expect(await digestOf(csv, csvText(csvRows).replaceAll('\n', '\r\n'))).toBe(digest);
    expect(await digestOf(csv, csvText(changed(csvRows, 0, 5, 'other')))).toBe(digest);
  });

  test('for a Criteo file held in memory and read again', async () => {
    const text = criteoText(criteoRows);
    expect(await digestOf({ ...criteo, cacheBytes: 0 }, text)).toBe(await digestOf(criteo, text));
  });

  test('for a CSV file among `files`', async () => {
    const files = { 'a.csv': new Blob([csvText(csvRows)]) };
    const dataset = await openDataset({ ...csv, path: 'a.csv' }, { seed: 1, files });
    expect(dataset.digest).toBe(await digestOf(csv, csvText(csvRows)));
  });
});

test('a streamed file whose values change later keeps the batches that its digest stands for', async () => {
  const rows = [fieldsOf({ [LABEL]: '1' }), ...Array.from({ length: 9 }, () => fieldsOf())];
  const path = fileOf(criteoText(rows));
  const dataset = await openDataset({ ...criteo, path, cacheBytes: 0 }, { seed: 5 });
  const before = await batchesOf(dataset, { split: 'train', batchSize: 10 });
  writeFileSync(path, criteoText(changed(rows, 4, LABEL, '1')));
  expect(await batchesOf(dataset, { split: 'train', batchSize: 10 })).toEqual(before);
  const other = await openDataset({ ...criteo, path, cacheBytes: 0 }, { seed: 5 });
  expect(other.digest).not.toBe(dataset.digest);
});

describe('encodingDigest', () => {
  const opened = async (config: DataConfig, content: string) =>
    (await openDataset({ ...config, path: fileOf(content) } as DataConfig, { seed: 1 })).encoding!;

  test.each([
    ['csv', { ...csv, dense: [{ column: 'n', transform: 'standardise' }] }, csvText(csvRows)],
    ['criteo', criteo, criteoText(criteoRows)],
    [
      'criteo, hashed',
      { ...criteo, ids: { kind: 'hash', buckets: 9 } },
      `1${lineOf().slice(1)}\n${lineOf()}`,
    ],
  ])('%s: survives a file', async (_, config, content) => {
    const encoding = await opened({ ...config, split: { by: 'random', test: 0 } } as DataConfig, content);
    expect(encodingDigest(await saved(encoding))).toBe(encodingDigest(encoding));
  });

  test('changes with values, their order, statistics and policies', async () => {
    const config = { ...csv, dense: [{ column: 'n', transform: 'standardise' }] } as DataConfig;
    const csvDigests = [
      await opened(config, csvText(csvRows)),
      await opened(config, csvText(changed(csvRows, 1, 2, 'c'))),
      await opened(config, csvText(changed(csvRows, 0, 2, 'b'))),
      await opened(config, csvText(changed(csvRows, 0, 1, '5.5'))),
      await opened(
        { ...config, ids: { kind: 'vocabulary', unseen: 'hash', unseenRows: 3 } } as DataConfig,
        csvText(csvRows),
      ),
    ].map(encodingDigest);
    expect(new Set(csvDigests).size).toBe(csvDigests.length);
    const criteoDigests = [
      await opened(criteo, criteoText(criteoRows)),
      await opened(criteo, criteoText(changed(criteoRows, 0, C1, hex(98)))),
      await opened(criteo, criteoText(changed(criteoRows, 0, C1, ''))),
    ].map(encodingDigest);
    expect(new Set(criteoDigests).size).toBe(criteoDigests.length);
  });
});
