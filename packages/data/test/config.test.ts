import { dataConfigSchema, openDataset, presetCardinalities, type DataConfig } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { refusal } from './batches.ts';

const synthetic: DataConfig = { format: 'synthetic', rows: { train: 100, test: 10 }, cardinalities: [10] };
const criteo = {
  format: 'criteo',
  path: 'x',
  ids: { kind: 'vocabulary' },
  split: { by: 'random', test: 0.1 },
} as const;

const csv: DataConfig = {
  format: 'csv',
  path: 'x',
  label: { column: 'y', equals: '1' },
  features: [{ column: 'c' }],
  split: { by: 'last', test: 0.1 },
};

describe('the schema', () => {
  test('fills in defaults, and takes its own output', () => {
    const checked = dataConfigSchema.parse(criteo);
    expect(checked).toMatchObject({
      onBadLine: 'fail',
      shuffleWindow: 65536,
      ids: { minCount: 1 },
      split: { validation: 0 },
    });
    expect(dataConfigSchema.parse(checked)).toEqual(checked);
    expect(dataConfigSchema.parse(JSON.parse(JSON.stringify(checked)))).toEqual(checked);
  });

  test.each([
    {
      name: 'an unknown key',
      config: { ...criteo, shufleWindow: 3 },
      subject: 'config',
      rule: 'shufleWindow',
    },
    {
      name: 'an unknown format',
      config: { ...criteo, format: 'avro' },
      subject: 'config.format',
      rule: 'must be one of "criteo", "csv", "jsonl", "parquet", "duckdb", "rows", "synthetic", got avro',
    },
    {
      name: 'no rows to train on',
      config: { ...criteo, split: { by: 'last', validation: 0.5, test: 0.5 } },
      subject: 'config.split.test',
      rule: 'must leave rows to train on',
    },
    {
      name: 'buckets for some features only',
      config: { ...criteo, ids: { kind: 'hash', buckets: [5, 5] } },
      subject: 'config.ids.buckets',
      rule: 'must have exactly 26 items, got [5,5]',
    },
    {
      name: 'a cardinality past 32 bits',
      config: { ...synthetic, cardinalities: [2 ** 32] },
      subject: 'config.cardinalities.0',
      rule: 'must be at most 4294967295, got 4294967296',
    },
    {
      name: 'bags of less than none',
      config: { ...synthetic, idsPerBag: { min: 3, max: 2 } },
      subject: 'config.idsPerBag.min',
      rule: 'min must not exceed max, got 3',
    },
    {
      name: 'no test rows given',
      config: { ...synthetic, rows: { train: 5 } },
      subject: 'config.rows.test',
      rule: 'is required and must be a number, got nothing',
    },
    {
      name: 'validation after test',
      config: { ...csv, split: { by: 'column', column: 'c', testFrom: 5, validationFrom: 5 } },
      subject: 'config.split.validationFrom',
      rule: 'validationFrom must be below testFrom, got 5',
    },
  ])('refuses $name', async ({ config, subject, rule }) => {
    const { code, message } = await refusal(openDataset(config as typeof criteo, { seed: 1 }));
    expect(code).toBe('data/bad-config');
    expect(message).toContain(`[data] ${subject}: `);
    expect(message).toContain(rule);
  });

  test('names every unknown key in its issues, for whoever embeds it', () => {
    const { error } = dataConfigSchema.safeParse({ ...criteo, shufleWindow: 3 });
    expect(error!.issues[0]).toMatchObject({ code: 'unrecognized_keys', keys: ['shufleWindow'], path: [] });
  });
});

test('a seed that is none', async () => {
  expect((await refusal(openDataset(synthetic, { seed: -1 }))).code).toBe('core/bad-seed');
});

test('presets: 26 tables; published totals', () => {
  const total = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0);
  expect(presetCardinalities['criteo-kaggle']).toHaveLength(26);
  expect(presetCardinalities['criteo-terabyte']).toHaveLength(26);
  expect(total(presetCardinalities['criteo-kaggle'])).toBe(33762577);
  expect(Math.max(...presetCardinalities['criteo-terabyte'])).toBeLessThan(10_000_000);
});

test('a preset with a scale: every cardinality multiplied and rounded up', async () => {
  const cardinalities = { preset: 'criteo-kaggle', scale: 0.001 } as const;
  const { schema } = await openDataset({ ...synthetic, cardinalities });
  expect(schema.features.slice(0, 3).map(({ numEmbeddings }) => numEmbeddings)).toEqual([2, 1, 10132]);
});
