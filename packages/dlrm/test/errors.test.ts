import { createCpuBackend } from '@ttrec/backend-cpu';
import { recordingBackend } from '@ttrec/testkit/backend';
import { Dlrm, ScoringDlrm, type DlrmConfig, type DlrmOptions, type LabelledBatch } from '@ttrec/dlrm';
import { dlrmShape } from '@ttrec/dlrm/layers';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { everything, mixedModel, modelOf, sampleBatch } from './small-models.ts';

describe('a batch that is refused', () => {
  const good = sampleBatch(mixedModel, 4);
  const changed = (change: Partial<LabelledBatch>): LabelledBatch => ({ ...good, ...change });
  const dense = (place: number, value: number) => changed({ dense: good.dense.with(place, value) });

  const batches: readonly (readonly [string, LabelledBatch, string])[] = [
    [
      'dlrm/dense-length',
      changed({ dense: new Float32Array(11) }),
      'batch dense features: must be [4, 3], 12 numbers, got 11',
    ],
    [
      'dlrm/dense-not-finite',
      dense(7, Number.NaN),
      'batch row 2, dense feature 1: must be a finite number, got NaN',
    ],
    ['dlrm/dense-not-finite', dense(11, -Infinity), 'batch row 3, dense feature 2'],
    ['dlrm/label-length', changed({ labels: new Float32Array(5) }), 'one for each of the 4 rows, got 5'],
    [
      'dlrm/label-range',
      changed({ labels: Float32Array.of(0, 1, 2, 0) }),
      'batch row 2, label: must be from 0 to 1',
    ],
    [
      'dlrm/label-range',
      changed({ labels: Float32Array.of(0, Number.NaN, 1, 0) }),
      'row 1, label: must be from 0 to 1, got NaN',
    ],
    [
      'dlrm/empty-batch',
      changed({ size: 0, dense: new Float32Array(0), labels: new Float32Array(0) }),
      'batch size: must be an integer from 1, got 0',
    ],
    [
      'embeddings/feature-count',
      changed({ features: good.features.slice(1) }),
      'must hold bags for each of the 4 features, got 3',
    ],
    [
      'embeddings/feature-names',
      changed({ features: { one: good.features[0]! } }),
      'batch: must hold bags of feature "many", got one',
    ],
    [
      'embeddings/feature-names',
      changed({ features: { one: good.features[0]!, mani: good.features[1]! } }),
      'batch, feature: must be one of one, many, hashed, another, got mani',
    ],
    [
      'embeddings/index-out-of-range',
      changed({
        features: good.features.with(1, {
          indices: Uint32Array.of(5, 31),
          offsets: Uint32Array.of(0, 0, 1, 1, 2),
        }),
      }),
      'feature "many", bag 3, position 1: an index must be below numEmbeddings = 31, got 31',
    ],
  ];

  test.each(batches)(
    'with %s changes nothing, and training goes on as if it had not come',
    async (code, bad, words) => {
      const backend = recordingBackend(createCpuBackend());
      const config: DlrmConfig = {
        ...mixedModel,
        optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
      };
      const model = new Dlrm({ backend, ...config });
      const undisturbed = new Dlrm({ backend, ...config });
      for (const each of [model, undisturbed]) await each.trainStep(good, { learningRate: 0.1 });
      const before = await everything(backend, model);
      backend.reset();

      await expect(model.trainStep(bad, { learningRate: 0.1 })).rejects.toThrow(refusal(code, words));
      expect(backend.recording()).toMatchObject({ calls: [], allocations: 0, writtenBytes: 0 });
      expect(await everything(backend, model)).toEqual(before);

      for (const each of [model, undisturbed]) await each.trainStep(good, { learningRate: 0.1 });
      expect(await everything(backend, model)).toEqual(await everything(backend, undisturbed));
    },
  );

  test('a learning rate that is no number changes nothing either', async () => {
    const backend = createCpuBackend();
    const model = new Dlrm({ backend, ...mixedModel });
    const before = await everything(backend, model);
    await expect(model.trainStep(good, { learningRate: Number.NaN })).rejects.toThrow(
      refusal('embeddings/bad-learning-rate', 'learningRate: must be a finite number from 0, got NaN'),
    );
    expect(await everything(backend, model)).toEqual(before);
  });

  test('predict refuses what a step refuses, labels aside', async () => {
    const model = new Dlrm({ backend: createCpuBackend(), ...mixedModel });
    await expect(model.predict(dense(0, Infinity))).rejects.toThrow(
      refusal('dlrm/dense-not-finite', 'batch row 0, dense feature 0', 'got Infinity'),
    );
  });
});

describe('a config that is refused, before anything is allocated', () => {
  const one = modelOf({ kind: 'dense' }, 10, { denseFeatures: 0, bottomMlp: [] });
  test.each<[string, object, ...string[]]>([
    ['dlrm/bad-width', { denseFeatures: -1 }, 'denseFeatures: must be an integer from 0, got -1'],
    ['dlrm/bad-width', { embeddingDim: 0 }, 'embeddingDim: must be an integer from 1, got 0'],
    ['dlrm/bad-width', { bottomMlp: [8, 2.5] }, 'bottomMlp[1]: must be an integer from 1, got 2.5'],
    ['dlrm/bad-width', { topMlp: [0] }, 'topMlp[0]: must be an integer from 1, got 0'],
    ['dlrm/bad-interaction', { interaction: { kind: 'sum' } }, 'must be one of dot, cat, dcn, fm, got sum'],
    [
      'dlrm/bad-interaction',
      { interaction: null },
      'interaction kind: must be one of dot, cat, dcn, fm, got undefined',
    ],
    [
      'dlrm/unknown-option',
      { interaction: { kind: 'dot', selfinteraction: true } },
      'interaction: takes only kind, selfInteraction, got selfinteraction',
      'Did you mean "selfInteraction"?',
    ],
    ['dlrm/unknown-option', { interaction: { kind: 'cat', selfInteraction: true } }, 'got selfInteraction'],
    ['dlrm/bad-option', { interaction: { kind: 'dot', selfInteraction: 1 } }, 'must be true or false, got 1'],
    ['dlrm/unknown-option', { topMLP: [4] }, 'Dlrm: takes only', 'got topMLP. Did you mean "topMlp"?'],
    ['dlrm/unknown-option', { dense_features: 4 }, 'Did you mean "denseFeatures"?'],
    ['dlrm/bad-width', { bottomMlp: 8 }, 'bottomMlp: must be a list, got 8'],
    ['dlrm/bad-options', { optimizer: null }, 'optimizer: must be an object, got null'],
    ['dlrm/unknown-option', { optimizer: { embedding: { rule: 'sgd' } } }, 'Did you mean "embeddings"?'],
    [
      'embeddings/unknown-option',
      { optimizer: { embeddings: { rule: 'sgd', eps: 1 }, dense: { rule: 'sgd' } } },
      'takes only rule, epsilon, beta1, beta2, l1, l2, weightDecay, got eps',
    ],
    [
      'embeddings/bad-option',
      { tables: mixedModel.tables.map((table) => ({ ...table, pooling: 'max' })) },
      'tables[0], pooling: must be one of sum, mean, got max',
    ],
    ['dlrm/bad-output-bias', { outputBias: -Infinity }, 'outputBias: must be a finite number, got -Infinity'],
    ['dlrm/no-pairs', one, 'dot needs two vectors a row', 'got 1 vector', '{ "kind": "cat" }'],
    [
      'dlrm/unsupported-optimizer',
      { optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'rowwise-adagrad' } } },
      'optimizer.dense: the MLPs train with sgd, adagrad, adam or ftrl',
      'got rowwise-adagrad',
    ],
    [
      'embeddings/unsupported-optimizer',
      { optimizer: { embeddings: { rule: 'rowwise-adagrad' }, dense: { rule: 'sgd' } } },
      'table kind "tt"',
    ],
    [
      'embeddings/bad-optimizer',
      { optimizer: { embeddings: { rule: 'sgd', weightDecay: 0.1 }, dense: { rule: 'sgd' } } },
      'optimizer weightDecay: must be left out for tables',
      'Choose "l2".',
    ],
    [
      'embeddings/bad-optimizer',
      { optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd', beta1: 0.9 } } },
      'optimizer beta1: goes with adam or rowwise-adam only, got sgd',
    ],
    [
      'embeddings/bad-optimizer',
      { optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'adam', beta2: 1 } } },
      'optimizer beta2: must be from 0 to below 1, got 1',
    ],
    [
      'dlrm/bad-clip-norm',
      { optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' }, clipNorm: 0 } },
      'optimizer.clipNorm: must be above 0, got 0',
    ],
    ['dlrm/bad-dropout', { dropout: 1 }, 'dropout: must be from 0 to below 1, got 1'],
    ['dlrm/bad-option', { mlpInitialisation: 'he' }, 'must be one of glorot, pytorch, got he'],
    ['dlrm/bad-wide', { wide: { default: { kind: 'dense' }, byName: { hesh: {} } } }, 'Did you mean "hash"?'],
    [
      'dlrm/bad-width',
      { interaction: { kind: 'dcn', rank: 99 } },
      'interaction rank: must be an integer from 1 to the 20',
    ],
    [
      'dlrm/bad-width',
      { interaction: { kind: 'dcn', layers: 0 } },
      'interaction layers: must be an integer from 1',
    ],
    [
      'dlrm/weak-interaction',
      {
        denseFeatures: 0,
        features: ['one', 'another'],
        tables: mixedModel.tables.filter(({ name }) => name === 'dense'),
      },
      'dot must put out more than one number a row, for ids say little by that, got 2 vectors',
      'Use { "kind": "cat" }.',
    ],
    ['embeddings/bad-collection', { tables: null }, 'tables: must be a list, got null'],
    ['embeddings/bad-collection', { tables: {} }, 'tables: must be a list'],
    ['embeddings/bad-collection', { features: [] }, 'features: must hold at least one'],
  ])('%s', (code, change, ...words) => {
    const backend = recordingBackend();
    const config = { ...mixedModel, ...change };
    expect(() => new Dlrm({ backend, ...config })).toThrow(refusal(code, ...words));
    expect(backend.recording().allocations).toBe(0);
  });

  test('one vector is enough for cat, and for dot with self-interaction', () => {
    expect(dlrmShape({ ...one, interaction: { kind: 'cat' } }).topSizes[0]).toBe(4);
    expect(dlrmShape({ ...one, interaction: { kind: 'dot', selfInteraction: true } }).topSizes[0]).toBe(1);
  });
});

test('what is left out has a default, which the config of the model tells', async () => {
  const { denseFeatures, embeddingDim, tables, features } = mixedModel;
  using model = new Dlrm({ backend: createCpuBackend(), denseFeatures, embeddingDim, tables, features });
  expect(model.config).toEqual({
    denseFeatures,
    embeddingDim,
    tables,
    features,
    bottomMlp: [64],
    topMlp: [64, 32],
    interaction: { kind: 'dot' },
    optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
    seed: 0,
  });
  expect((await model.trainStep(sampleBatch(mixedModel, 4), { learningRate: 0.1 })).loss).toBeCloseTo(
    Math.LN2,
    6,
  );
});

test('using a model frees it, and await using a backend frees all', async () => {
  let freed: { buffers: number };
  {
    await using backend = createCpuBackend();
    {
      using model = new Dlrm({ backend, ...mixedModel });
      expect(backend.memory().buffers).toBeGreaterThan(model.parameters.length);
    }
    freed = backend.memory();
    backend.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label: 'left' });
    expect(backend.memory().buffers).toBe(1);
  }
  expect(freed.buffers).toBe(0);
});

describe('a model that cannot be built', () => {
  test('for want of memory is refused before anything is allocated, its largest part named', () => {
    const backend = createCpuBackend();
    const build = () => new Dlrm({ backend, ...mixedModel, topMlp: [2 ** 40] });
    expect(build).toThrow(refusal('embeddings/too-large', 'of them for topMlp.'));
    expect(backend.memory()).toMatchObject({ buffers: 0, peakBytes: 0 });
  });

  test('leaves nothing behind', () => {
    const inner = createCpuBackend();
    const backend = {
      ...inner,
      createBuffer: (spec: Parameters<typeof inner.createBuffer>[0]) => {
        if (spec.label === 'top.1.bias/gradient') throw new Error('no memory');
        return inner.createBuffer(spec);
      },
    };
    expect(() => new Dlrm({ backend, ...mixedModel })).toThrow('no memory');
    expect(inner.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });

  test('names the table whose shape does not hold it', () => {
    const tables = mixedModel.tables.map((table) => ({
      ...table,
      config: { kind: 'tt', ranks: 0 } as const,
    }));
    expect(() => new Dlrm({ backend: createCpuBackend(), ...mixedModel, tables })).toThrow(
      refusal('embeddings/bad-option', `table "${tables[0]!.name}", table kind "tt", ranks`),
    );
  });

  test('for an epsilon of the MLPs that is no number', () => {
    const optimizer = { ...mixedModel.optimizer, dense: { rule: 'adagrad', epsilon: Number.NaN } as const };
    expect(() => new Dlrm({ backend: createCpuBackend(), ...mixedModel, optimizer })).toThrow(
      refusal('embeddings/bad-epsilon', 'must be a number above 0, got NaN'),
    );
  });
});

test.each([
  [null, 'optimizer.embeddings, rule'],
  [{ embeddings: null, dense: { rule: 'sgd' } }, 'optimizer.embeddings, rule'],
  [{ embeddings: { rule: 'sgd' }, dense: 5 }, 'optimizer.dense, rule'],
  [{ embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' }, wide: { rule: 'adamm' } }, 'optimizer.wide, rule'],
])('a model that only scores is priced by the rules of %j, which must be known', (optimizer, subject) => {
  const options = { ...mixedModel, backend: createCpuBackend(), optimizer } as unknown as DlrmOptions;
  expect(() => new ScoringDlrm(options)).toThrow(
    refusal('dlrm/bad-option', `${subject}: must be one of sgd, adagrad, rowwise-adagrad, adam,`),
  );
});
