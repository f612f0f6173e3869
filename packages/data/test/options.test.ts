import { openDataset, type DataConfig, type OpenOptions } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { batchesOf, refusal } from './batches.ts';
import { defaults, openCsv } from './csv-dataset.ts';
import { fileOf } from './files.ts';

const csv = { ...defaults, path: 'nowhere.csv' };
const synthetic = { format: 'synthetic', rows: { train: 10, test: 1 }, cardinalities: [3] } as const;
const criteo = {
  format: 'criteo',
  path: 'x',
  ids: { kind: 'hash', buckets: 9 },
  split: { by: 'last', test: 0.1 },
};
/** What a caller in plain JavaScript may hand in. */
const open = (config: unknown, options?: unknown) =>
  openDataset(config as DataConfig, options as OpenOptions);

describe('a key that a config does not have is refused, with the nearest:', () => {
  test.each([
    [{ ...csv, labl: 1 }, 'config: must not have the key "labl"; did you mean "label"'],
    [
      { ...csv, label: { column: 'y', equal: '1' } },
      'config.label: must not have the key "equal"; did you mean "equals"',
    ],
    [
      { ...csv, features: [{ colum: 'c' }] },
      'config.features.0: must not have the key "colum"; did you mean "column"',
    ],
    [{ ...csv, features: [{ column: 'c', seperator: '|' }] }, 'did you mean "separator"'],
    [
      { ...csv, ids: { kind: 'hash', bucket: 9 } },
      'config.ids: must not have the key "bucket"; did you mean "buckets"',
    ],
    [{ ...csv, split: { by: 'column', column: 't', testfrom: 3 } }, 'did you mean "testFrom"'],
    [
      { ...csv, join: [{ path: 'x', on: 'c', column: ['a'] }] },
      'config.join.0: must not have the key "column"; did you mean "columns"',
    ],
    [{ ...csv, zzz: 1 }, 'did you mean one of format, path, delimiter'],
    [{ ...criteo, shufleWindow: 3 }, 'did you mean "shuffleWindow"'],
    [{ ...criteo, ids: { kind: 'vocabulary', mincount: 2 } }, 'did you mean "minCount"'],
    [{ ...synthetic, ziph: 1 }, 'did you mean "zipf"'],
    [
      { ...synthetic, cardinalities: { preset: 'criteo-kaggle', scal: 1 } },
      'config.cardinalities: must not have the key "scal"; did you mean "scale"',
    ],
    [
      { ...synthetic, shares: { nois: 1 } },
      'config.shares: must not have the key "nois"; did you mean "noise"',
    ],
  ])('%j', async (config, words) => {
    const { code, message } = await refusal(open(config));
    expect(code).toBe('data/bad-config');
    expect(message).toContain(words);
  });
});

describe('a value that is none of the choices is refused, with the nearest:', () => {
  test.each([
    [{ ...csv, onBadLine: 'skp' }, 'config.onBadLine', 'Did you mean "skip"?'],
    [{ ...csv, ids: { kind: 'vocabulry' } }, 'config.ids.kind', 'Did you mean "vocabulary"?'],
    [{ ...csv, ids: { kind: 'vocabulary', unseen: 'oof' } }, 'config.ids.unseen', 'Did you mean "oov"?'],
    [{ ...csv, split: { by: 'colum', test: 0.1 } }, 'config.split.by', 'Did you mean "column"?'],
    [
      { ...csv, dense: [{ column: 'x', transform: 'log' }] },
      'config.dense.0.transform',
      'Did you mean "log1p"?',
    ],
    [{ ...csv, format: 'synthetc' }, 'config.format', 'Did you mean "synthetic"?'],
    [
      { ...synthetic, cardinalities: 'criteo-kagle' },
      'config.cardinalities',
      'Did you mean "criteo-kaggle"?',
    ],
  ])('%j', async (config, subject, hint) => {
    const { code, message } = await refusal(open(config));
    expect(code).toBe('data/bad-config');
    expect(message).toContain(`[data] ${subject}: `);
    expect(message).toContain(hint);
  });
});

test.each([
  [{ ...csv, delimiter: '"' }, 'config.quote: must differ from the delimiter'],
  [{ ...csv, quote: ',' }, 'config.quote: must differ from the delimiter'],
  [{ ...csv, delimiter: '\n' }, 'config.delimiter: must be one character, and no line end'],
  [{ ...csv, quote: '\r' }, 'config.quote: must be one character, and no line end'],
  [{ ...csv, delimiter: '::' }, 'config.delimiter: must be one character'],
  [
    { ...csv, join: [{ path: 'x', on: 'c', columns: ['a'], quote: ',' }] },
    'config.join.0.quote: must differ',
  ],
])('delimiter and quote tell fields apart: %j', async (config, words) => {
  const { code, message } = await refusal(open(config));
  expect(code).toBe('data/bad-config');
  expect(message).toContain(words);
});

test.each([[undefined], [null], [7], ['csv'], [[]], [{}], [() => 0]])('%j is no config', async (config) => {
  expect((await refusal(open(config))).code).toBe('data/bad-config');
});

describe('options of openDataset:', () => {
  test.each([
    [{ sed: 3 }, 'data/unknown-option', 'Did you mean "seed"?'],
    [{ extendng: {} }, 'data/unknown-option', 'Did you mean "extending"?'],
    [{ baseDir: '/' }, 'data/unknown-option', 'takes only seed, baseDirectory'],
    [{ baseDirectory: 7 }, 'data/bad-option', 'baseDirectory: must be a string, got 7'],
    [{ onProgress: 3 }, 'data/bad-option', 'onProgress: must be a function, got 3'],
    [{ files: { 'a.csv': 'a,b' } }, 'data/bad-option', 'files, a.csv: must be a File or a Blob, got a,b'],
    [{ seed: 'x' }, 'core/bad-seed', 'got x'],
    [{ seed: -1 }, 'core/bad-seed', 'got -1'],
    [
      { scoring: {} },
      'data/bad-encoding',
      'must be the encoding of a dataset, or what readEncoding returns, got {}',
    ],
    [{ scoring: null }, 'data/bad-encoding', 'got null'],
    [{ extending: { format: 'csv' } }, 'data/bad-encoding', 'got {"format":"csv"}'],
    [null, 'data/bad-options', 'openDataset: must be an object, got null'],
    [3, 'data/bad-options', 'got 3'],
  ])('%j is refused, before a file is read', async (options, code, words) => {
    const refused = await refusal(open(csv, options));
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(words);
  });

  test('scoring and extending at once are refused', async () => {
    const { encoding } = await openCsv('c,y\na,1\nb,0');
    const { code, message } = await refusal(open(csv, { scoring: encoding, extending: encoding }));
    expect(code).toBe('data/bad-options');
    expect(message).toContain('must have `scoring` or `extending`, not both');
  });

  test('the seed is 0 where none is given', async () => {
    const rows = { train: 50, test: 10 };
    const digests = await Promise.all([
      open({ ...synthetic, rows }),
      open({ ...synthetic, rows }, { seed: 0 }),
    ]);
    expect(digests[0].digest).toBe(digests[1].digest);
  });
});

describe('options of batches:', () => {
  test.each([
    [{ split: 'tset', batchSize: 3 }, 'data/bad-option', 'Did you mean "test"?'],
    [{ batchSize: 3 }, 'data/bad-option', 'split: must be one of train, validation, test, got undefined'],
    [
      { split: 'train' },
      'data/bad-batch-options',
      'batchSize: must be an integer of at least 1, got undefined',
    ],
    [{ split: 'train', batchSize: 2.5 }, 'data/bad-batch-options', 'got 2.5'],
    [{ split: 'train', batchsize: 3 }, 'data/unknown-option', 'Did you mean "batchSize"?'],
    [{ split: 'train', batchSize: 3, skip: 1 }, 'data/unknown-option', 'batches'],
    [
      { split: 'train', batchSize: 3, shuffle: 'no' },
      'data/bad-option',
      'shuffle: must be true or false, got no',
    ],
    [undefined, 'data/bad-options', 'batches: must be an object, got undefined'],
  ])('%j is refused in every format', async (options, code, words) => {
    const line = (label: number) => `${label}${'\t'.repeat(39)}`;
    const lines = fileOf(`${line(0)}\n${line(1)}`);
    for (const dataset of [
      await open(synthetic),
      await openCsv('c,y\na,1\nb,0'),
      await open({ ...criteo, path: lines, split: { by: 'last', test: 0 } }),
      await open({ ...criteo, path: lines, split: { by: 'last', test: 0 }, cacheBytes: 0 }),
    ]) {
      const refused = await refusal(batchesOf(dataset, options as never));
      expect(refused.code).toBe(code);
      expect(refused.message).toContain(words);
    }
  });
});
