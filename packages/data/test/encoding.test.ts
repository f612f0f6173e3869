import { openDataset, type DataConfig } from '@ttrec/data';
import { encodingDifference, encodingSchema } from '@ttrec/data/encoding';
import { describe, expect, test } from 'vitest';
import { gunzipSync } from 'node:zlib';
import { batchesOf, readRows, refusal, rowsOf, type Row } from './batches.ts';
import { C1, LABEL, lineOf } from './criteo-lines.ts';
import { bytesOf, criteo, csvConfig, csvText, saved, trainedValues, valuesOf } from './encodings.ts';
import { fileOf } from './files.ts';

const splits = ['train', 'validation', 'test'] as const;

/** Rows of all splits as a set of their values, since opening for scoring puts them back into the order of the file. */
const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort();

/**
 * Opens a file to train on it, then again to score it with the encoding that was saved, and compares every row of every
 * split bit for bit: JSON writes each float so that reading it gives the same float.
 */
async function expectSameRows(config: DataConfig, options: { seed: number; baseDirectory?: string }) {
  const trained = await openDataset(config, options);
  const scoring = await saved(trained.encoding);
  expect(encodingDifference(trained.encoding!, scoring)).toBeUndefined();
  const scored = await openDataset(config, { ...options, scoring });
  expect(scored.schema).toEqual(trained.schema);
  expect(encodingSchema(scoring)).toEqual(trained.schema);
  expect(scored.baseRate).toBe(trained.baseRate);
  expect(scored.encoding).toBe(scoring);
  const total = splits.reduce((sum, split) => sum + trained.rows[split], 0);
  expect(scored.rows).toEqual({ train: 0, validation: 0, test: total });
  const before = await Promise.all(splits.map((split) => readRows(trained, split)));
  expect(sorted(await readRows(scored, 'test'))).toEqual(sorted(before.flat()));
  return { trained, scored, scoring };
}

describe('the same file with the encoding it was trained with', () => {
  test.each([
    { name: 'vocabularies', config: criteo({ kind: 'vocabulary', minCount: 2 }) },
    {
      name: 'vocabularies, streamed',
      config: criteo({ kind: 'vocabulary' }, { cacheBytes: 0, shuffleWindow: 64 }),
    },
    {
      name: 'vocabularies without a row for empty cells',
      config: criteo({ kind: 'vocabulary', maxSize: 2 }),
    },
    {
      name: 'hashing',
      config: criteo({ kind: 'hash', buckets: Array.from({ length: 26 }, (_, c) => 5 + c) }),
    },
  ])('criteo, $name', async ({ config }) => {
    await expectSameRows(config, { seed: 1 });
  });

  test('csv: shared tables, bags, hashing, statistics', async () => {
    const { scoring } = await expectSameRows(csvConfig, { seed: 1 });
    expect(scoring.tables.map(({ table, kind }) => `${table} ${kind}`)).toEqual([
      'team vocabulary',
      'labels vocabulary',
      'when hash',
    ]);
  });

  test('a vocabulary of more values than one line of the file takes', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => `v${i},${i % 2}`);
    const config: DataConfig = {
      ...csvConfig,
      path: fileOf(['c,y', ...rows].join('\n'), 'csv'),
      dense: [],
      features: [{ column: 'c' }],
      ids: { kind: 'vocabulary' },
      split: { by: 'random', test: 0.1 },
    };
    const { scoring } = await expectSameRows(config, { seed: 1 });
    const lines = gunzipSync(await bytesOf(scoring))
      .toString()
      .trimEnd()
      .split('\n');
    // The header, then 4096 values a line.
    expect(lines).toHaveLength(1 + Math.ceil(trainedValues(scoring) / 4096));
    expect(Math.max(...lines.slice(1).map((line) => (JSON.parse(line) as string[]).length))).toBe(4096);
  });

  test('synthetic streams have none, and take none', async () => {
    const synthetic: DataConfig = { format: 'synthetic', rows: { train: 9, test: 9 }, cardinalities: [9] };
    expect((await openDataset(synthetic, { seed: 1 })).encoding).toBeUndefined();
    const { encoding } = await openDataset(csvConfig, { seed: 1 });
    const { code, message } = await refusal(openDataset(synthetic, { seed: 1, scoring: encoding! }));
    expect(code).toBe('data/encoding-mismatch');
    expect(message).toContain('config, format: must be as it was in training, "csv", got synthetic.');
  });
});

describe('other rows', () => {
  test('csv: unknown values go to row 0, statistics and base rate stay those of training', async () => {
    const { encoding, baseRate } = await openDataset(csvConfig, { seed: 1 });
    // Two rows of one class: nothing is learnt from them.
    const path = fileOf('y,x,z,when,away,home,tags\n1,1,0,7,new,a,t1|new\n1,,0,7,t1,new,', 'csv');
    const scored = await openDataset({ ...csvConfig, path }, { seed: 2, scoring: encoding! });
    if (encoding!.format !== 'csv') throw new Error('a csv encoding');
    const { mean, deviation } = encoding!.dense[0]!.statistics!;
    const rows = await readRows(scored, 'test');
    expect(rows.map(({ dense }) => dense)).toEqual([
      [Math.fround((1 - mean) / deviation), 0],
      [-2, 0],
    ]);
    const rowOf = (table: number, value: string) => valuesOf({ encoding }, table).indexOf(value) + 1;
    expect(rows.map(({ ids }) => ids.slice(0, 3))).toEqual([
      [[rowOf(0, 'a')], [0], [rowOf(1, 't1'), 0]],
      [[0], [rowOf(0, 't1')], []],
    ]);
    expect(scored.baseRate).toBe(baseRate);
    expect(scored.report.tables[0]).toEqual({
      table: 'team',
      kind: 'vocabulary',
      numEmbeddings: encoding!.tables[0]!.kind === 'vocabulary' ? encoding!.tables[0]!.values.length + 1 : 0,
      unseen: 'oov',
      outOfVocabulary: { train: 0, heldOut: 0.5 },
    });
  });

  test('the column that training was split by need not be there', async () => {
    const config: DataConfig = { ...csvConfig, features: [{ column: 'home' }], dense: [] };
    const { encoding } = await openDataset(config, { seed: 1 });
    const path = fileOf('home,y\na,0', 'csv');
    const scored = await openDataset({ ...config, path }, { seed: 1, scoring: encoding! });
    expect(scored.rows.test).toBe(1);
    expect((await refusal(openDataset({ ...config, path }, { seed: 1 }))).code).toBe('data/unknown-column');
  });

  test('criteo: unknown values go to row 0, in memory and streamed', async () => {
    const config = criteo({ kind: 'vocabulary' });
    const { encoding } = await openDataset(config, { seed: 1 });
    const path = fileOf([lineOf({ [C1]: '12345678' }), lineOf({ [C1]: '' })].join('\n'), 'tsv');
    for (const cacheBytes of [0, 2 ** 20]) {
      const scored = await openDataset({ ...config, path, cacheBytes } as DataConfig, {
        seed: 1,
        scoring: encoding!,
      });
      const [first, second] = rowsOf(await batchesOf(scored, { split: 'test', batchSize: 2 }));
      expect(first!.ids[0]).toEqual([0]);
      const [table] = encoding!.tables;
      expect(second!.ids[0]).toEqual([table && 'emptyRow' in table ? table.emptyRow : -1]);
      expect(scored.report.tables[0]!.outOfVocabulary).toEqual({ train: 0, heldOut: 0.5 });
    }
  });
});

describe('an encoding that does not fit is refused', () => {
  const [x, z] = csvConfig.dense;
  const [home, away, tags, when] = csvConfig.features;
  test.each([
    { change: { dense: [x] }, place: 'dense.z', words: 'got nothing' },
    { change: { dense: [z, x] }, place: 'dense.x.column', words: '"x", got z' },
    {
      change: { dense: [x, { ...z, transform: 'none' }] },
      place: 'dense.z.transform',
      words: '"log1p", got none',
    },
    { change: { features: [home, away, tags] }, place: 'features.when', words: 'got nothing' },
    {
      change: { features: [{ ...home, column: 'away', name: 'home' }, away, tags, when] },
      place: 'features.home.column',
      words: '"home", got away',
    },
    {
      change: { features: [home, { column: 'away' }, tags, when] },
      place: 'features.away.table',
      words: '"team", got away',
    },
    {
      change: { features: [home, away, { ...tags, separator: ';' }, when] },
      place: 'features.labels.separator',
      words: '"|", got ;',
    },
    {
      change: { features: [home, away, tags, { ...when, ids: { kind: 'hash', buckets: 51 } }] },
      place: 'tables.when.buckets',
      words: '50, got 51',
    },
    {
      change: { ids: { kind: 'hash', buckets: 50 } },
      place: 'tables.team.kind',
      words: '"vocabulary", got hash',
    },
  ])('$place', async ({ change, place, words }) => {
    const { encoding } = await openDataset(csvConfig, { seed: 1 });
    const config = { ...csvConfig, ...change } as DataConfig;
    const { code, message } = await refusal(openDataset(config, { seed: 1, scoring: encoding! }));
    expect(code).toBe('data/encoding-mismatch');
    expect(message).toContain(`config, ${place}: must be as it was in training, `);
    expect(message).toContain(words);
  });

  test('another format, before the file is opened', async () => {
    const { encoding } = await openDataset(csvConfig, { seed: 1 });
    const config = criteo({ kind: 'vocabulary' }, { path: '/nowhere' });
    const { code, message } = await refusal(openDataset(config, { seed: 1, scoring: encoding! }));
    expect(code).toBe('data/encoding-mismatch');
    expect(message).toContain('config, format: must be as it was in training, "csv", got criteo.');
  });

  test('how a vocabulary was gathered no longer matters', async () => {
    const { encoding, schema } = await openDataset(csvConfig, { seed: 1 });
    const config: DataConfig = { ...csvConfig, ids: { kind: 'vocabulary', minCount: 40 } };
    expect((await openDataset(config, { seed: 1, scoring: encoding! })).schema).toEqual(schema);
  });
});

test('the first difference of two Criteo encodings shows the value as the file does', async () => {
  const open = async (value: string) => {
    const lines = [lineOf({ [LABEL]: '1', [C1]: value }), lineOf({ [C1]: value })];
    const path = fileOf(lines.join('\n'), 'tsv');
    return (
      await openDataset(criteo({ kind: 'vocabulary' }, { path, split: { by: 'last', test: 0 } }), { seed: 1 })
    ).encoding!;
  };
  expect(encodingDifference(await open('0000abcd'), await open('ffffffff'))).toEqual({
    place: 'tables.C1.values.0',
    expected: '0000abcd',
    got: 'ffffffff',
  });
});

test('the first difference of two encodings names table and row', async () => {
  const { encoding } = await openDataset(csvConfig, { seed: 1 });
  const text = csvText.replaceAll('t7', 't99');
  const other = await openDataset({ ...csvConfig, path: fileOf(text, 'csv') }, { seed: 1 });
  expect(encodingDifference(encoding!, other.encoding!)).toEqual({
    place: expect.stringMatching(/^tables\.team\.values\.\d+$/) as string,
    expected: 't7',
    got: 't99',
  });
});
