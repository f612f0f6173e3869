import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmBatch, type DlrmConfig } from '@ttrec/dlrm';
import { type Bags, cost, denseRows, type TableConfig } from '@ttrec/embeddings';
import { scaledError } from '@ttrec/golden';
import { exportOnnx, torchState, type OnnxOptions } from '@ttrec/interop';
import { RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';
import { openOnnx, runOnnx, runtime } from './onnx-run.ts';
import { refusal } from '@ttrec/test-support';
import { featuresOf } from '@ttrec/embeddings/model';
import { randomBatch, trained } from './small-model.ts';

/** Both in float32, over some ten layers and products: 1e-5 of the largest value is some 80 roundings. */
const TOLERANCE = 1e-5;

const config: DlrmConfig = {
  denseFeatures: 3,
  embeddingDim: 8,
  tables: [
    { name: 'dense', numEmbeddings: 40, config: { kind: 'dense' }, featureNames: ['one', 'another'] },
    {
      name: 'tt',
      numEmbeddings: 100_003,
      config: { kind: 'tt', ranks: [3, 2] },
      featureNames: ['history'],
      pooling: 'mean',
    },
    { name: 'two cores', numEmbeddings: 77, config: { kind: 'tt', cores: 2, ranks: 4 } },
    {
      name: 'mix',
      numEmbeddings: 4_294_967_295,
      config: { kind: 'hash', buckets: 1000, seed: 7, into: { kind: 'tt', ranks: 2 } },
    },
    {
      name: 'modulo',
      numEmbeddings: 5000,
      config: { kind: 'hash', buckets: 11, function: 'modulo', into: { kind: 'dense' } },
    },
  ],
  features: ['one', 'history', 'two cores', 'mix', 'modulo', 'another'],
  bottomMlp: [5],
  topMlp: [6, 4],
  interaction: { kind: 'dot' },
  optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
  seed: 5,
};

type ListedBatch = DlrmBatch<readonly Bags[]>;

const without = (...names: string[]): Partial<DlrmConfig> => {
  const tables = config.tables.filter(({ name }) => !names.includes(name));
  const read = tables.flatMap(({ name, featureNames }) => featureNames ?? [name]);
  return { tables, features: config.features.filter((name) => read.includes(name)) };
};

async function predict(model: Uint8Array, batch: ListedBatch, { features, denseFeatures }: DlrmConfig) {
  const session = await openOnnx(model);
  const dense = { data: batch.dense, dims: [batch.size, denseFeatures] };
  const bags = Object.fromEntries(features.map((name, f) => [name, batch.features[f]!]));
  const names = features.flatMap((name) => [`${name}.indices`, `${name}.offsets`]);
  expect([...session.inputNames].sort()).toEqual([...(denseFeatures > 0 ? ['dense'] : []), ...names].sort());
  const { probabilities, logits } = await runOnnx(session, bags, denseFeatures > 0 ? dense : undefined);
  expect(probabilities.dims).toEqual([batch.size]);
  return { probabilities: probabilities.data as Float32Array, logits: logits.data as Float32Array };
}

async function compare(model: Dlrm, own: DlrmConfig, file: Uint8Array, batch: ListedBatch): Promise<void> {
  const { probabilities, logits } = await predict(file, batch, own);
  const expected = await model.predict(batch);
  expect(scaledError(probabilities, expected)).toBeLessThan(TOLERANCE);
  const expectedLogits = expected.map((p) => Math.log(p / (1 - p)));
  expect(scaledError(logits, expectedLogits)).toBeLessThan(TOLERANCE);
}

/** A model with one table of this config, read by one feature. */
function modelOf(table: TableConfig, numEmbeddings = 1000): DlrmConfig {
  return {
    ...config,
    tables: [{ name: 'only', numEmbeddings, config: table }],
    features: ['only'],
  };
}

/** A model that cannot be trained, its only table fitted to random rows. */
async function ofIntegers(backend: Backend, own: DlrmConfig): Promise<Dlrm> {
  const model = new Dlrm({ backend, ...own });
  const stream = new RandomStream(4, 'test/integers');
  const { name, numEmbeddings } = own.tables[0]!;
  const rows = Float32Array.from({ length: numEmbeddings * own.embeddingDim }, () => stream.nextNormal());
  await model.embeddings.table(name).fit(denseRows(rows, own.embeddingDim));
  return model;
}

function emptyBags(own: DlrmConfig, size: number): ListedBatch {
  const empty = { indices: new Uint32Array(0), offsets: new Uint32Array(size + 1) };
  return {
    size,
    dense: new Float32Array(size * own.denseFeatures).fill(1),
    features: own.features.map(() => empty),
  };
}

describe.skipIf(runtime === undefined)('onnxruntime predicts what the model predicts', () => {
  test.each<[string, Partial<DlrmConfig>, OnnxOptions]>([
    ['of every kind, bags of 0 to 3 ids', {}, {}],
    ['with self-interaction', { interaction: { kind: 'dot', selfInteraction: true } }, {}],
    ['side by side, without hidden layers', { interaction: { kind: 'cat' }, bottomMlp: [], topMlp: [] }, {}],
    ['without numbers beside the ids', { denseFeatures: 0, bottomMlp: [] }, {}],
    ['of one table', without('tt', 'two cores', 'mix', 'modulo'), {}],
    ['with tables made dense', without('mix'), { tables: 'dense' }],
    ['with a cross network', { interaction: { kind: 'dcn', layers: 2, rank: 5 } }, {}],
    [
      'with a cross network of ids alone',
      { interaction: { kind: 'dcn' }, denseFeatures: 0, bottomMlp: [] },
      {},
    ],
    ['with a factorization machine', { interaction: { kind: 'fm' } }, {}],
    ['with one of ids alone', { interaction: { kind: 'fm' }, denseFeatures: 0, bottomMlp: [] }, {}],
    ['with a wide term', { wide: { default: { kind: 'hash', buckets: 9, into: { kind: 'dense' } } } }, {}],
    [
      'with a wide term made dense, without numbers',
      {
        ...without('mix'),
        ...{ denseFeatures: 0, bottomMlp: [] },
        wide: { default: { kind: 'dense' }, byName: { tt: { kind: 'tt', ranks: 2 } } },
      },
      { tables: 'dense' },
    ],
  ])('%s', async (_, change, options) => {
    const own = { ...config, ...change };
    const backend = createCpuBackend();
    const model = await trained(backend, own);
    const file = await exportOnnx(model, options);
    const stream = new RandomStream(11, 'test/onnx');
    for (const size of [1, 33]) await compare(model, own, file, randomBatch(own, size, stream));
  });

  const dense = { kind: 'dense' } as const;
  const tt = { kind: 'tt', ranks: 2 } as const;
  test.each<TableConfig>([
    { kind: 'hash', buckets: 50, probes: 3, seed: 4, into: dense },
    { kind: 'pool', chunk: 2, buckets: 70, seed: 3 },
    { kind: 'hash', buckets: 50, probes: 3, importance: 20, seed: 4, into: dense },
    { kind: 'hash', buckets: 50, signs: true, into: tt },
    { kind: 'hash', buckets: 50, probes: 2, signs: true, into: dense },
    { kind: 'hash', buckets: 50, function: 'modulo', signs: true, into: dense },
    { kind: 'hot-cold', hot: 20, cold: tt },
    { kind: 'hot-cold', hot: 999, hotTable: tt, cold: { kind: 'hash', buckets: 7, into: dense } },
    { kind: 'low-rank', rank: 3 },
    { kind: 'mixed-dimension', dim: 4, into: tt },
    { kind: 'compositional', method: 'quotient-remainder', buckets: 30, combine: 'product' },
    { kind: 'compositional', method: 'quotient-remainder', buckets: 30, combine: 'concatenate', into: tt },
    { kind: 'compositional', method: 'hashes', buckets: 30, combine: 'sum', seed: 9 },
    { kind: 'compositional', method: 'hashes', hashes: 3, buckets: 30, combine: 'concatenate' },
    { kind: 'hot-cold', hot: 10, cold: { kind: 'hot-cold', hot: 30, cold: { kind: 'low-rank', rank: 2 } } },
  ])('with a table %j', async (table) => {
    const own = modelOf(table);
    const backend = createCpuBackend();
    const model = await trained(backend, own);
    const batch = randomBatch(own, 200, new RandomStream(17, 'test/onnx-kinds'));
    await compare(model, own, await exportOnnx(model), batch);
  });

  test.each<TableConfig>([
    { kind: 'integers' },
    { kind: 'integers', bits: 4 },
    { kind: 'integers', bits: 2 },
    { kind: 'integers', into: tt },
    { kind: 'low-rank', rank: 1, bits: 4 },
    { kind: 'low-rank', rank: 3, bits: 2 },
    { kind: 'sum', parts: [tt, { kind: 'low-rank', rank: 3, bits: 4 }] },
    { kind: 'vocabulary-limit', rows: 40, into: { kind: 'low-rank', rank: 2, bits: 8 } },
  ])('with trained integers and sums, %j', async (table) => {
    const own = { ...modelOf(table), embeddingDim: 7 };
    const backend = createCpuBackend();
    const model = await trained(backend, own);
    const batch = randomBatch(own, 200, new RandomStream(17, 'test/onnx-kinds'));
    await compare(model, own, await exportOnnx(model), batch);
  });

  test.each<[TableConfig, dim: number]>([
    [{ kind: 'int8', into: dense }, 8],
    [{ kind: 'int4', into: dense }, 8],
    // The last half of a byte is of no column.
    [{ kind: 'int4', into: dense }, 7],
    [{ kind: 'int8', into: tt }, 8],
    [{ kind: 'int8', into: { ...tt, cores: 1 } }, 3],
    [{ kind: 'hash', buckets: 90, signs: true, into: { kind: 'int8', into: tt } }, 8],
    [
      {
        kind: 'hot-cold',
        hot: 20,
        hotTable: { kind: 'int8', into: dense },
        cold: { kind: 'int4', into: dense },
      },
      5,
    ],
  ])('with integers %j, %i columns', async (table, embeddingDim) => {
    const own = { ...modelOf(table), embeddingDim };
    const backend = createCpuBackend();
    const model = await ofIntegers(backend, own);
    const file = await exportOnnx(model);
    const stream = new RandomStream(18, 'test/onnx-integers');
    for (const size of [1, 200]) await compare(model, own, file, randomBatch(own, size, stream));
    await compare(model, own, file, emptyBags(own, 2));
  });

  test('whose bags are all empty, and one of a thousand ids', async () => {
    const backend = createCpuBackend();
    const model = await trained(backend, config);
    const file = await exportOnnx(model);
    const stream = new RandomStream(12, 'test/onnx-long');
    const batchOf = (counts: number[]): ListedBatch => ({
      ...randomBatch(config, counts.length, stream),
      features: featuresOf(config.tables, config.features).map(({ numEmbeddings }) => {
        const total = counts.reduce((sum, count) => sum + count, 0);
        return {
          indices: Uint32Array.from({ length: total }, () => stream.nextInteger(numEmbeddings)),
          offsets: Uint32Array.from([
            0,
            ...counts.map((_, b) => counts.slice(0, b + 1).reduce((sum, n) => sum + n, 0)),
          ]),
        };
      }),
    });
    await compare(model, config, file, batchOf([0, 0]));
    await compare(model, config, file, batchOf([3, 1000, 0, 1]));
  });

  test('an id past the end fails in the runtime', async () => {
    const own = { ...config, ...without('mix', 'modulo') };
    const backend = createCpuBackend();
    const file = await exportOnnx(await trained(backend, own));
    for (const f of [0, 1]) {
      const batch = randomBatch(own, 1, new RandomStream(13, 'test/onnx-range'));
      const features = batch.features.map((bags, at) =>
        at === f ? { indices: Uint32Array.of(200_000), offsets: Uint32Array.of(0, 1) } : bags,
      );
      await expect(predict(file, { ...batch, features }, own)).rejects.toThrow('out of data bounds');
    }
  });
});

test('a table is exported without those whose names begin like its own', async () => {
  const backend = createCpuBackend();
  const names = ['a', 'a.b', 'a.into'];
  const model = new Dlrm({
    backend,
    ...config,
    tables: names.map((name) => ({ name, numEmbeddings: 9, config: { kind: 'dense' } })),
    features: names,
  });
  const stored = torchState(model).map(({ name }) => name);
  expect(stored.filter((name) => name.startsWith('emb_l'))).toEqual(names.map((_, k) => `emb_l.${k}.weight`));
  if (runtime === undefined) return;
  const file = await exportOnnx(model);
  await compare(model, model.config, file, randomBatch(model.config, 9, new RandomStream(2, 'test/names')));
});

test('TTs and hashes stay as small as they are stored', async () => {
  const backend = createCpuBackend();
  const model = await trained(backend, config);
  const numbers = model.parameters.reduce((sum, { weights }) => sum + weights.rows * weights.cols, 0);
  const file = await exportOnnx(model);
  expect(file.length).toBeGreaterThan(4 * numbers);
  // Names, nodes and small integers; the table of 100,003 rows alone would take 3.2 MB.
  expect(file.length).toBeLessThan(4 * numbers + 20_000);
});

test.each<TableConfig>([
  { kind: 'int8', into: { kind: 'dense' } },
  { kind: 'int4', into: { kind: 'dense' } },
  { kind: 'int8', into: { kind: 'tt', ranks: 16 } },
])('integers stay as small as they are stored: %j', async (table) => {
  const own = modelOf(table, 20_000);
  const backend = createCpuBackend();
  const file = await exportOnnx(await ofIntegers(backend, own));
  const { bytes } = cost(table, { numEmbeddings: 20_000, embeddingDim: own.embeddingDim });
  expect(file.length).toBeGreaterThan(bytes);
  // Layers, names and nodes. In float32, rows would take 640,000 bytes, and cores four times theirs.
  expect(file.length).toBeLessThan(bytes + 5000);
});

test('a model past the size of one file is refused before anything is read', async () => {
  const backend = createCpuBackend();
  const model = await trained(backend, config);
  await expect(exportOnnx(model, { tables: 'dense' })).rejects.toEqual(
    refusal('interop/too-large-for-onnx', 'less than 2147483647', "tables: 'stored'"),
  );
});

test('a kind that is not written is refused by its name', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({
    backend,
    ...modelOf({ kind: 'cached', rows: 5, into: { kind: 'tt', ranks: 2 } }),
  });
  await expect(exportOnnx(model)).rejects.toEqual(
    refusal('interop/unsupported-kind', 'table "only", table kind "cached"', "tables: 'dense'"),
  );
});

test.skipIf(runtime === undefined).each(['one', 'history', 'two cores', 'modulo'])(
  'a table alone is an embedding bag: that of feature %s',
  async (name) => {
    const backend = createCpuBackend();
    const model = new Dlrm({ backend, ...config });
    const feature = model.embeddings.features.find((each) => each.name === name)!;
    const { table, pooling, numEmbeddings } = feature;
    const stream = new RandomStream(11, name);
    const bags = [0, 3, 1, 2].map((length) =>
      Array.from({ length }, () => stream.nextInteger(numEmbeddings)),
    );
    for (const tables of ['stored', 'dense'] as const) {
      const session = await openOnnx(await exportOnnx(model, { table, tables }));
      expect(session.inputNames.toSorted()).toEqual(['indices', 'offsets']);
      const long = (values: number[]) =>
        new runtime!.Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
      const offsets = bags.reduce((list, bag) => [...list, list.at(-1)! + bag.length], [0]);
      const { embeddings } = await session.run({ indices: long(bags.flat()), offsets: long(offsets) });
      expect(embeddings!.dims).toEqual([bags.length, config.embeddingDim]);
      const expected: number[] = [];
      for (const bag of bags) {
        const rows = await model.embeddings.table(table).rows(Uint32Array.from(bag));
        for (let d = 0; d < config.embeddingDim; d++) {
          const sum = bag.reduce((total, _, i) => total + rows[i * config.embeddingDim + d]!, 0);
          expected.push(pooling === 'mean' && bag.length > 0 ? sum / bag.length : sum);
        }
      }
      expect(scaledError(embeddings!.data as Float32Array, expected)).toBeLessThan(TOLERANCE);
    }
    await backend.dispose();
  },
);

test.skipIf(runtime === undefined)(
  'the shift of a model of drawn negatives is in its logits and probabilities',
  async () => {
    await using backend = createCpuBackend();
    const model = await trained(backend, config);
    const batch = randomBatch(config, 5, new RandomStream(9, 'shift'));
    const plain = await predict(await exportOnnx(model), batch, config);
    const shifted = await predict(await exportOnnx(model, { logOddsShift: -1.5 }), batch, config);
    // One rounding of float32 more.
    shifted.logits.forEach((logit, b) => expect(logit).toBeCloseTo(plain.logits[b]! - 1.5, 5));
    shifted.probabilities.forEach((chance, b) =>
      expect(chance).toBeCloseTo(1 / (1 + Math.exp(1.5 - plain.logits[b]!)), 5),
    );
  },
);

test('without onnxruntime, the shift shows in the file', async () => {
  await using backend = createCpuBackend();
  using model = new Dlrm({ backend, ...modelOf({ kind: 'dense' }) });
  const [plain, none, shifted] = await Promise.all(
    [{}, { logOddsShift: 0 }, { logOddsShift: 2 }].map((options) => exportOnnx(model, options)),
  );
  expect(none).toEqual(plain);
  expect(shifted!.length).toBeGreaterThan(plain!.length);
});
