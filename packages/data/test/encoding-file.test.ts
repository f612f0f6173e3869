import {
  openDataset,
  readEncoding,
  type Batch,
  type BatchOptions,
  type DataConfig,
  type Dataset,
} from '@ttrec/data';
import type { Encoding } from '@ttrec/data/encoding';
import { describe, expect, test } from 'vitest';
import { gunzipSync } from 'node:zlib';
import { batchesOf, refusal } from './batches.ts';
import { bytesOf, criteo, csvConfig, saved, trainedValues } from './encodings.ts';
import { fileOf, gzipped, needsSharedData, sharedData } from './files.ts';

describe('the file of an encoding', () => {
  const open = async () => (await openDataset(csvConfig, { seed: 1 })).encoding!;
  const refusalOf = (content: string | Uint8Array) => refusal(readEncoding(fileOf(content, 'gz')));
  const lines = async () =>
    gunzipSync(await bytesOf(await open()))
      .toString()
      .trimEnd()
      .split('\n');

  test('the same encoding gives the same bytes', async () => {
    expect((await bytesOf(await open())).equals(await bytesOf(await open()))).toBe(true);
  });

  test('another version', async () => {
    const [header, ...rest] = await lines();
    const { code, message } = await refusalOf(
      gzipped([header!.replace('"version":1', '"version":2'), ...rest].join('\n')),
    );
    expect(code).toBe('data/bad-encoding');
    expect(message).toMatch(/\.gz, line 1: version: must be 1, got/);
  });

  test.each([
    {
      name: 'JSON',
      change: (all: string[]) => ['{', ...all.slice(1)],
      line: 1,
      rule: 'must be JSON, got a syntax error',
    },
    {
      name: 'half a list',
      change: (all: string[]) => [all[0]!, '["a"', ...all.slice(2)],
      line: 2,
      rule: 'must be JSON, got ["a"',
    },
    {
      name: 'a key twice',
      change: (all: string[]) => [all[0]!.replace('{', '{"version":9,'), ...all.slice(1)],
      line: '1, version',
      rule: 'must have each key once, got "version" twice',
    },
    {
      name: 'a feature without its table',
      change: (all: string[]) => [
        all[0]!.replace(/"table":"[^"]*","kind"/, '"table":"lost","kind"'),
        ...all.slice(1),
      ],
      line: 1,
      rule: 'table: must be the name of a table',
    },
    { name: 'a deep header', change: () => ['['.repeat(1e5)], line: 1, rule: 'must nest values at most 100' },
    {
      name: 'too few values',
      change: (all: string[]) => [all[0]!, '["a"]', ...all.slice(2)],
      line: 2,
      rule: 'strings, got ["a"]',
    },
    {
      name: 'no strings',
      change: (all: string[]) => [all[0]!, '[1]', ...all.slice(2)],
      line: 2,
      rule: 'strings, got [1]',
    },
    { name: 'an early end', change: (all: string[]) => all.slice(0, -1), line: 3, rule: 'must hold more' },
    {
      name: 'more',
      change: (all: string[]) => [...all, '[]'],
      line: 4,
      rule: 'must end with the last vocabulary',
    },
  ])('refused for $name', async ({ change, line, rule }) => {
    const { code, message } = await refusalOf(gzipped(change(await lines()).join('\n')));
    expect(code).toBe('data/bad-encoding');
    expect(message).toContain(`line ${line}: `);
    expect(message).toContain(rule);
  });

  test('a token that is none', async () => {
    const { encoding } = await openDataset(criteo({ kind: 'vocabulary' }), { seed: 1 });
    const text = gunzipSync(await bytesOf(encoding!)).toString();
    const { code, message } = await refusalOf(gzipped(text.replace('"00000002"', '"0000000g"')));
    expect(code).toBe('data/bad-encoding');
    expect(message).toContain('a value must be 8 hexadecimal digits or empty, got 0000000g');
  });

  test('a value that comes twice', async () => {
    const encoding = await open();
    const [team, ...rest] = encoding.tables;
    if (team?.kind !== 'vocabulary') throw new Error('a vocabulary');
    const twice = { ...team, values: [...team.values, team.values.at(0)!] };
    const scoring = { ...encoding, tables: [twice, ...rest] } as Encoding;
    const { code, message } = await refusal(openDataset(csvConfig, { seed: 1, scoring }));
    expect(code).toBe('data/bad-encoding');
    expect(message).toContain(`encoding, table team, row ${twice.values.length}: each value must come once`);
  });

  test('gzip that ends too early, and no file', async () => {
    const bytes = await bytesOf(await open());
    expect((await refusalOf(bytes.subarray(0, 90))).code).toBe('data/truncated-gzip');
    expect((await refusal(readEncoding('/nowhere/e.gz'))).code).toBe('data/file-not-found');
  });
});

/** Labels, dense numbers and the ids of each feature over a split, as bytes. Single-valued features only. */
async function columnsOf(dataset: Dataset, split: BatchOptions['split']): Promise<Buffer[]> {
  const batches = await batchesOf(dataset, { split, batchSize: 4096, shuffle: false });
  const column = (pick: (batch: Batch) => Float32Array | Uint32Array) =>
    Buffer.concat(batches.map((batch) => new Uint8Array(pick(batch).buffer)));
  return [
    column((batch) => batch.labels),
    column((batch) => batch.dense),
    ...dataset.schema.features.map((_, f) => column((batch) => batch.features[f]!.indices)),
  ];
}

const splits = ['train', 'validation', 'test'] as const;

// A file of real data takes seconds, several of them on a machine that is busy.
describe.skipIf(sharedData === undefined)(`real data${needsSharedData}`, { timeout: 60_000 }, () => {
  const files: { name: string; config: DataConfig; bytesPerValue: number }[] = [
    {
      name: 'criteo, 8,000 rows',
      config: {
        format: 'criteo',
        path: 'criteo_kaggle_8k.tsv.gz',
        ids: { kind: 'vocabulary' },
        split: { by: 'last', validation: 0.1, test: 0.2 },
      },
      // A token is 32 random bits in 8 hexadecimal digits and three signs of JSON; gzip takes most of that back.
      bytesPerValue: 6,
    },
    {
      name: 'taobao',
      config: {
        format: 'csv',
        path: 'taobao_buy_cart.csv.gz',
        label: { column: 'action', equals: 'buy' },
        distinct: ['user_id', 'item_id'],
        features: [{ column: 'user_id' }, { column: 'item_id' }],
        split: { by: 'last', validation: 0.1, test: 0.2 },
      },
      // Decimal numbers of 5 digits.
      bytesPerValue: 4,
    },
  ];
  test.each(files)('$name: same rows, a compact file', async ({ config, bytesPerValue }) => {
    const options = { seed: 1, baseDirectory: sharedData! };
    const trained = await openDataset(config, options);
    const scoring = await saved(trained.encoding);
    const scored = await openDataset(config, { ...options, scoring });
    // The splits of this config follow each other in the file.
    const before = await Promise.all(splits.map((split) => columnsOf(trained, split)));
    const after = await columnsOf(scored, 'test');
    after.forEach((column, at) => {
      expect(column.equals(Buffer.concat(before.map((columns) => columns[at]!)))).toBe(true);
    });
    expect(scored.rows.test).toBe(splits.reduce((sum, split) => sum + trained.rows[split], 0));
    const { length } = await bytesOf(scoring);
    expect(length / trainedValues(scoring)).toBeLessThan(bytesPerValue);
  });
});
