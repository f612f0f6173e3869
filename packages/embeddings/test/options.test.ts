import { createCpuBackend } from '@ttrec/backend-cpu';
import { recordingBackend } from '@ttrec/testkit/backend';
import {
  cost,
  denseRows,
  EmbeddingBag,
  EmbeddingBagCollection,
  priceTables,
  type TableConfig,
} from '@ttrec/embeddings';
import { grownConfig, rowTables } from '@ttrec/embeddings/configs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

const size = { numEmbeddings: 30, embeddingDim: 4 };
const dense = { kind: 'dense' };
const tt = { kind: 'tt', ranks: 2 };

/** A full config of each kind, so that every option is tried. */
const configs: Readonly<Record<string, object>> = {
  dense,
  tt: {
    ...tt,
    cores: 2,
    rowShape: [5, 6],
    colShape: [2, 2],
    prefixTable: false,
    initialisation: { distribution: 'gaussian', scale: 'rank-aware' },
  },
  hash: { kind: 'hash', buckets: 7, into: dense, function: 'mix', seed: 1, probes: 2, signs: true },
  'weighted hash': { kind: 'hash', buckets: 7, into: dense, probes: 2, importance: 5 },
  int8: { kind: 'int8', into: tt },
  int4: { kind: 'int4', into: dense },
  'hot-cold': { kind: 'hot-cold', hot: 3, hotTable: dense, cold: tt },
  quotients: { kind: 'compositional', method: 'quotient-remainder', buckets: 6, combine: 'sum', into: dense },
  hashes: {
    kind: 'compositional',
    method: 'hashes',
    hashes: 2,
    seed: 1,
    buckets: 6,
    combine: 'product',
    into: dense,
  },
  'low-rank': { kind: 'low-rank', rank: 2, bits: 4 },
  integers: { kind: 'integers', bits: 8, into: dense, range: 8 },
  'integer cores': { kind: 'integers', into: tt },
  pool: { kind: 'pool', chunk: 2, buckets: 7, into: dense, seed: 1 },
  sum: { kind: 'sum', parts: [tt, dense], shares: [1, 2] },
  bands: { kind: 'bands', edges: [3], tables: [dense, tt] },
  permuted: { kind: 'permuted', into: tt, among: 'similar', seed: 3 },
  'vocabulary-limit': { kind: 'vocabulary-limit', rows: 9, into: dense },
  'mixed-dimension': { kind: 'mixed-dimension', dim: 2, into: tt },
  cached: {
    kind: 'cached',
    rows: 3,
    into: tt,
    importance: 'gradient',
    warmUp: 2,
    refreshEvery: 5,
    decay: 0.5,
    counters: 12,
  },
};

/** Ways in which a name comes to be written wrongly. */
const misspelling = (name: string) =>
  fc.oneof(
    fc.constant(name.toUpperCase()),
    fc.constant(name.toLowerCase()),
    fc.constant(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    fc.constant(`${name}s`),
    fc.nat(name.length - 1).map((i) => name.slice(0, i) + name.slice(i + 1)),
    fc.nat(name.length - 1).map((i) => name.slice(0, i) + name[i]! + name.slice(i)),
  );

/** Every option of `options`, and how it may be misspelt. */
function misspelt(options: object) {
  const names = Object.keys(options);
  return fc
    .constantFrom(...names)
    .chain((name) => misspelling(name).map((wrong) => ({ name, wrong })))
    .filter(({ wrong }) => wrong !== '' && !names.includes(wrong));
}

/** Calls `act` with one name of the options misspelt, which must be rejected by that name. */
function rejectsMisspellings(options: object, act: (options: never) => unknown): void {
  fc.assert(
    fc.property(misspelt(options), ({ name, wrong }) => {
      const { [name]: value, ...rest } = options as Record<string, unknown>;
      const error = thrownBy(() => act({ ...rest, [wrong]: value } as never));
      // A kind whose name is gone is an unknown kind; else the name that nobody knows is told.
      if (name === 'kind') expect(error.code).toBe('embeddings/unknown-kind');
      else expect(error).toMatchObject({ code: 'embeddings/unknown-option', parts: { got: wrong } });
      // Names of one or two letters and what is left of them are near to many others.
      if (name.length > 4 && name !== 'kind') expect(error.message).toMatch(/Did you mean "\w+"\?$/);
    }),
  );
}

function thrownBy(act: () => unknown): Error & { code?: string } {
  try {
    act();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('nothing was thrown');
}

describe.each(Object.entries(configs))('a config of %s', (_, config) => {
  test('is priced as it is', () => {
    expect(cost(config as TableConfig, size).bytes).toBeGreaterThan(0);
  });

  test('with a misspelt field is rejected with a suggestion, however it comes in', () => {
    rejectsMisspellings(config, (wrong) => cost(wrong, size));
    rejectsMisspellings(config, (wrong) => rowTables(wrong, size));
    rejectsMisspellings(config, (wrong) => grownConfig(wrong, size, 40));
    rejectsMisspellings(config, (wrong) => cost({ kind: 'hash', buckets: 30, into: wrong }, size));
    rejectsMisspellings(config, (wrong) => {
      const backend = recordingBackend();
      try {
        return new EmbeddingBag({ backend, ...size, table: wrong });
      } finally {
        expect(backend.recording().allocations).toBe(0);
      }
    });
  });
});

test.each<[object, ...string[]]>([
  [
    { ...tt, rowshape: [5, 6] },
    'table kind "tt": takes only kind, ranks',
    'got rowshape. Did you mean "rowShape"?',
  ],
  [{ kind: 'hash', buckets: 7, into: dense, probe: 2 }, 'got probe. Did you mean "probes"?'],
  [{ kind: 'dense', dtype: 'float16' }, 'table kind "dense": takes only kind, got dtype.'],
  [{ kind: 'int8', into: { ...tt, prefixtable: true } }, 'table kind "tt"', 'Did you mean "prefixTable"?'],
  [{ ...configs['quotients'], hashes: 3 }, 'got hashes.'],
  [
    { ...tt, initialisation: { scales: 'reference' } },
    'initialisation: takes only distribution, scale, got scales',
  ],
])('%j is rejected', (config, ...words) => {
  expect(() => cost(config as TableConfig, size)).toThrow(refusal('embeddings/unknown-option', ...words));
});

test.each<[object, string]>([
  [
    { ...tt, initialisation: { distribution: 'normal' } },
    'distribution: must be one of gaussian, sampled-gaussian',
  ],
  [{ ...tt, prefixTable: 'yes' }, 'prefixTable: must be true or false, got yes'],
  [{ kind: 'hash', buckets: 7, into: dense, signs: 1 }, 'signs: must be true or false, got 1'],
  [{ kind: 'hash', buckets: 7, into: dense, function: 'Mix' }, 'Did you mean "mix"?'],
  [
    { kind: 'compositional', method: 'hashes', buckets: 7 },
    'combine: is required and must be one of',
    'got nothing',
  ],
] as [object, string][])('a value that is no choice is rejected: %j', (config, ...words) => {
  expect(() => cost(config as TableConfig, size)).toThrow(refusal('embeddings/bad-option', ...words));
});

describe('a pooling that does not exist', () => {
  test.each(['max', 'Mean', 'SUM', '', 'average', null, 0, ['sum']])(
    '%j is refused everywhere',
    async (got) => {
      const pooling = got as 'sum';
      const backend = createCpuBackend();
      const rule = /pooling: must be one of sum, mean, got/;
      const table = { name: 'a', numEmbeddings: 5, config: dense as TableConfig, pooling };
      expect(() => new EmbeddingBag({ backend, ...size, pooling })).toThrow(rule);
      expect(() => new EmbeddingBagCollection({ backend, embeddingDim: 4, tables: [table] })).toThrow(rule);
      const rows = denseRows(new Float32Array(20), 4);
      await expect(EmbeddingBag.fromDense(rows, { backend, pooling })).rejects.toThrow(rule);
      const bag = new EmbeddingBag({ backend, ...size });
      await expect(bag.convert({ table: { kind: 'dense' }, pooling })).rejects.toThrow(rule);
      bag.dispose();
      expect(backend.memory().buffers).toBe(0);
    },
  );
});

describe('misspelt options of', () => {
  const backend = createCpuBackend();
  const bagOptions = {
    backend,
    ...size,
    table: dense,
    pooling: 'mean',
    optimizer: { rule: 'sgd' },
    seed: 1,
    name: 'x',
  };
  const tables = [{ name: 'a', numEmbeddings: 5, config: dense, featureNames: ['f'], pooling: 'sum' }];
  const features = ['f'];
  const collection = { backend, embeddingDim: 4, tables, features, optimizer: { rule: 'sgd' }, seed: 1 };
  test.each<[string, object, (options: never) => unknown]>([
    ['a bag', bagOptions, (options) => new EmbeddingBag(options)],
    ['a collection', collection, (options) => new EmbeddingBagCollection(options)],
    [
      'a table',
      tables[0]!,
      (table) => new EmbeddingBagCollection({ ...collection, tables: [table] } as never),
    ],
    ['a table that is priced', tables[0]!, (table) => priceTables([table], 4)],
    [
      'an optimizer',
      { rule: 'adagrad', epsilon: 1 },
      (optimizer) => cost({ kind: 'dense' }, size, optimizer),
    ],
    [
      'bags',
      { indices: Uint32Array.of(1), offsets: Uint32Array.of(0, 1), perSampleWeights: Float32Array.of(1) },
      (bags) => new EmbeddingBag({ backend, ...size }).forward(bags),
    ],
    [
      'forward',
      { training: true },
      (options) =>
        new EmbeddingBag({ backend, ...size }).forward(
          { indices: new Uint32Array(0), offsets: Uint32Array.of(0) },
          options,
        ),
    ],
  ])('%s are rejected', (_, options, act) => {
    rejectsMisspellings(options, act);
  });
});

describe('values that are not even objects are rejected with a code', () => {
  const backend = createCpuBackend();
  const values = [null, undefined, 0, 'dense', [], [[]], () => 0, Symbol('table')];
  const coded = (act: () => unknown) =>
    expect(act).toThrow(expect.objectContaining({ code: expect.stringMatching(/^embeddings\//) as string }));

  test.each(values)('%o', (value) => {
    const wrong = value as never;
    const table = { name: 'a', numEmbeddings: 5, config: { kind: 'dense' } as const };
    const parts = { backend, embeddingDim: 4, tables: [table] };
    coded(() => new EmbeddingBag(wrong));
    if (value !== undefined) coded(() => new EmbeddingBag({ backend, ...size, table: wrong }));
    if (value !== undefined) coded(() => new EmbeddingBag({ backend, ...size, optimizer: wrong }));
    coded(() => cost(wrong, size));
    coded(() => cost({ kind: 'hash', buckets: 3, into: wrong }, size));
    coded(() => cost({ kind: 'int8', into: wrong }, size));
    coded(() => cost({ kind: 'cached', rows: 3, into: wrong }, size));
    coded(() => new EmbeddingBagCollection(wrong));
    coded(() => new EmbeddingBagCollection({ ...parts, tables: wrong }));
    coded(() => new EmbeddingBagCollection({ ...parts, tables: [wrong] }));
    if (value !== undefined) {
      coded(() => new EmbeddingBagCollection({ ...parts, features: wrong }));
      coded(() => new EmbeddingBagCollection({ ...parts, tables: [{ ...table, featureNames: wrong }] }));
    }
    if (value !== 'dense') {
      coded(() => new EmbeddingBagCollection({ ...parts, features: [wrong] }));
      coded(() => new EmbeddingBagCollection({ ...parts, tables: [{ ...table, featureNames: [wrong] }] }));
    }
    coded(() => new EmbeddingBag({ backend, ...size }).forward(wrong));
    coded(() =>
      new EmbeddingBag({ backend, ...size }).forward({ indices: new Uint32Array(1), offsets: wrong }),
    );
    coded(() =>
      new EmbeddingBag({ backend, ...size }).forward({ indices: wrong, offsets: Uint32Array.of(0) }),
    );
  });
});
