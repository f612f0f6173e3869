import { tableKinds } from '@ttrec/embeddings';
import { compareConfigSchema, parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { expect, test } from 'vitest';
import { tinyConfig } from './tiny-config.ts';

const kinds = tableKinds.join(', ');

const csv = (changes: object) => ({
  ...tinyConfig(),
  data: {
    format: 'csv',
    path: 'x.csv',
    label: { column: 'y', equals: '1' },
    features: [{ column: 'u' }],
    split: { by: 'random', test: 0.2 },
    ...changes,
  },
});
const table = (use: unknown) => tinyConfig({ model: { tables: { largest: { count: 1, use } } } });
const data = (changes: Record<string, unknown>) => tinyConfig({ data: changes });
const training = (changes: Record<string, unknown>) => tinyConfig({ training: changes });

const trainingKeys =
  'batchSize, shards, fastReduce, shardedTables, workerMemory, epochs, steps, learningRate, optimizer, averaging, logEvery, evaluateEvery, patience, checkpointEvery';
const ttKeys = 'kind, ranks, cores, rowShape, colShape, prefixTable, rate, initialisation';
const unknown = (path: string, known: string, meant?: string) =>
  `${path}: must be one of ${known}, got the unknown key "${path.split('.').at(-1)!}".` +
  (meant === undefined ? '' : ` Did you mean "${meant}"?`);

test.each([
  [
    'at the top',
    { ...tinyConfig(), sede: 1 },
    unknown('sede', '$schema, kinds, name, seed, backend, threads, data, model, training', 'seed'),
  ],
  ['in a section', training({ batchsize: 1 }), unknown('training.batchsize', trainingKeys, 'batchSize')],
  [
    'in data',
    data({ rows: { train: 1, tets: 1 } }),
    unknown('data.rows.tets', 'train, validation, test', 'test'),
  ],
  ['in a table', table({ kind: 'tt', rank: 2 }), unknown('model.tables.largest.use.rank', ttKeys, 'ranks')],
  [
    'in a table within a table',
    table({ kind: 'hash', buckets: 3, into: { kind: 'tt', ranks: 2, core: 2 } }),
    unknown('model.tables.largest.use.into.core', ttKeys, 'cores'),
  ],
  [
    'of another kind of interaction',
    tinyConfig({ model: { interaction: { kind: 'cat', selfInteraction: true } } }),
    unknown('model.interaction.selfInteraction', 'kind'),
  ],
  [
    'in a list',
    csv({ features: [{ colum: 'u' }] }),
    unknown(
      'data.features.0.colum',
      'column, name, table, separator, weights, time, quantiles, cross, ids',
      'column',
    ),
  ],
  [
    'in a union of labels',
    csv({ label: { column: 'y', equal: '1' } }),
    unknown('data.label.equal', 'column, equals, oneOf, atLeast, versus', 'equals'),
  ],
])('an unknown key %s is refused with the nearest', (_, config, words) => {
  expect(() => parseConfig(trainConfigSchema, config, 'c.json')).toThrow(
    expect.objectContaining({ code: 'training/unknown-key', message: `[training] c.json, ${words}` }),
  );
});

test.each([
  [3, 'the whole config: must be an object, got 3.'],
  [{ ...tinyConfig(), name: undefined }, 'name: is required and must be a string, got nothing.'],
  [tinyConfig({ name: 'a b' }), 'name: must be letters, digits, ".", "_", "+" and "-", got a b.'],
  [{ ...tinyConfig(), data: undefined }, 'data: is required and must be an object, got nothing.'],
  [training({ batchSize: '16' }), 'training.batchSize: must be a number, got "16".'],
  [training({ batchSize: 1.5 }), 'training.batchSize: must be an integer, got 1.5.'],
  [training({ batchSize: 0 }), 'training.batchSize: must be at least 1, got 0.'],
  [training({ learningRate: 0 }), 'training.learningRate: must be above 0, got 0.'],
  [
    training({ optimizer: { embeddings: { rule: 'adagrat' }, dense: { rule: 'sgd' } } }),
    'training.optimizer.embeddings.rule: must be one of "sgd", "adagrad", "rowwise-adagrad", "adam", "rowwise-adam", "ftrl", got adagrat. Did you mean "adagrad"?',
  ],
  [table('dense'), 'model.tables.largest.use: must be an object, got dense.'],
  [table({}), `model.tables.largest.use.kind: is required and must be one of ${kinds}, got nothing.`],
  [
    table({ kind: 'dens' }),
    `model.tables.largest.use.kind: must be one of ${kinds}, got dens. Did you mean "dense"?`,
  ],
  [
    table({ kind: 'tt', ranks: 'x' }),
    'model.tables.largest.use.ranks: must be an integer from 1 to 65536, or a list, got x.',
  ],
  [
    table({ kind: 'tt', ranks: [2, 0] }),
    'model.tables.largest.use.ranks.1: must be an integer from 1 to 65536, got 0.',
  ],
  [
    table({ kind: 'tt', ranks: [2, 65537] }),
    'model.tables.largest.use.ranks.1: must be an integer from 1 to 65536, got 65537.',
  ],
  [
    table({ kind: 'tt', ranks: 2, cores: 33 }),
    'model.tables.largest.use.cores: must be an integer from 1 to 32, got 33.',
  ],
  [
    data({ format: 'critoe' }),
    'data.format: must be one of "criteo", "csv", "jsonl", "parquet", "duckdb", "rows", "synthetic", got critoe. Did you mean "criteo"?',
  ],
  [data({ baseRate: 1 }), 'data.baseRate: must be below 1, got 1.'],
  [data({ cardinalities: [] }), 'data.cardinalities: must have at least 1 item, got [].'],
  [
    data({ cardinalities: 'criteo-kagle' }),
    'data.cardinalities: must be a list, or one of "criteo-kaggle", "criteo-terabyte", or an object, got criteo-kagle. Did you mean "criteo-kaggle"?',
  ],
  [csv({ delimiter: ';;' }), 'data.delimiter: must be one character, and no line end, got ;;.'],
  [csv({ onBadLine: 'skp' }), 'data.onBadLine: must be one of "fail", "skip", got skp. Did you mean "skip"?'],
  [
    csv({ label: { column: 'y' } }),
    'data.label: must have one of the keys "equals", "oneOf", "atLeast", got none of them.',
  ],
  [csv({ label: { column: 'y', equals: 1 } }), 'data.label.equals: must be a string, got 1.'],
  [
    csv({ split: { by: 'rand', test: 0.2 } }),
    'data.split.by: must be one of "random", "last", "column", got rand. Did you mean "random"?',
  ],
  [csv({ split: { by: 'random', test: 2 } }), 'data.split.test: must be below 1, got 2.'],
])('a wrong value is refused with its path, the rule and what it is: %#', (config, words) => {
  expect(() => parseConfig(trainConfigSchema, config, 'c.json')).toThrow(
    expect.objectContaining({ code: 'training/bad-config', message: `[training] c.json, ${words}` }),
  );
});

test('a comparison needs variants, and keys inside them are checked', () => {
  const parse = (variants?: unknown) =>
    parseConfig(compareConfigSchema, { ...tinyConfig(), variants }, 'c.json');
  expect(() => parse()).toThrow('c.json, variants: is required and must be a list, got nothing.');
  expect(() => parse([])).toThrow('c.json, variants: must have at least 1 item, got [].');
  expect(() => parse([{ name: 'a', tables: { defalt: {} } }])).toThrow(
    'c.json, variants.0.tables.defalt: must be one of default, largest, byName, got the unknown key "defalt". Did you mean "default"?',
  );
});

test('defaults are filled in', () => {
  const parsed = parseConfig(
    trainConfigSchema,
    { name: 'least', data: { format: 'synthetic', rows: { train: 10, test: 5 }, cardinalities: [3] } },
    'c.json',
  );
  expect(parsed).toMatchObject({
    seed: 1,
    backend: 'auto',
    threads: 1,
    data: { dense: 13, rows: { validation: 0 } },
    model: { embeddingDim: 16, tables: { default: { kind: 'dense' } } },
    training: { batchSize: 128, epochs: 1, optimizer: { embeddings: { rule: 'adagrad' } } },
  });
  // It follows from the data: dot products of all pairs, or side by side where these are too few.
  expect(parsed.model).not.toHaveProperty('interaction');
});
