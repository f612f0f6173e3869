import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import type { Bags, TableConfig } from '@ttrec/embeddings';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelOf, sampleBatch } from './small-models.ts';

const dense: TableConfig = { kind: 'dense' };
const tt = { kind: 'tt', ranks: 2 } as const;
/** Refreshes every other step, and evicts. */
const cached: TableConfig = { kind: 'cached', rows: 3, into: tt, warmUp: 2, refreshEvery: 2, decay: 0.5 };

const tables: Readonly<Record<string, TableConfig>> = {
  dense,
  tt,
  'tt with a table of prefixes': { ...tt, prefixTable: true },
  cached,
  'cached in a hash': { kind: 'hash', buckets: 19, into: cached },
  'cached and cold': { kind: 'hot-cold', hot: 1, cold: { ...cached, counters: 22, decay: 0.2 } },
  'cached in compositions': {
    kind: 'compositional',
    method: 'hashes',
    buckets: 9,
    combine: 'sum',
    into: cached,
  },
  'a signed hash': { kind: 'hash', buckets: 7, probes: 2, signs: true, into: dense },
  'low-rank': { kind: 'low-rank', rank: 2 },
  'mixed-dimension': { kind: 'mixed-dimension', dim: 2, into: tt },
};

const ROWS = 23;
const engines: Readonly<Record<string, () => Backend>> = {
  'an engine that is read at once': () => createCpuBackend(),
  'an engine whose reads are awaited': () => {
    const backend: Partial<Backend> = { ...createCpuBackend() };
    delete (backend as { readSync?: unknown }).readSync;
    return backend as Backend;
  },
};

function build(
  table: TableConfig,
  create: () => Backend,
): { model: Dlrm; backend: Backend; config: DlrmConfig } {
  const backend = create();
  const config = modelOf(table, ROWS, {
    tables: [{ name: 'ids', numEmbeddings: ROWS, config: table, featureNames: ['id', 'more'] }],
    features: ['id', 'more'],
    optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
  });
  return { model: new Dlrm({ backend, ...config }), backend, config };
}

/** Every number of a model: weights, optimizer state, and what tables keep on the host. */
async function numbersOf(model: Dlrm): Promise<Map<string, unknown>> {
  const entries = model.state().map(async ({ name, data }) => [name, (await data()).slice()] as const);
  return new Map(await Promise.all(entries));
}

type ListedBatch = LabelledBatch<readonly Bags[]>;

/** Calls that are refused, each for a reason of its own; those that come late find the earlier parts of the batch in order. */
const refusals: Readonly<Record<string, (model: Dlrm, good: ListedBatch) => unknown>> = {
  'a learning rate that is NaN': (model, good) => model.trainStep(good, { learningRate: NaN }),
  'a negative learning rate': (model, good) => model.trainStep(good, { learningRate: -1 }),
  'no learning rate': (model, good) => model.trainStep(good, {} as never),
  'no options': (model, good) => model.trainStep(good, undefined as never),
  'a misspelt option': (model, good) => model.trainStep(good, { learningRate: 1, learningrate: 1 } as never),
  'a batch that is null': (model) => model.trainStep(null as never, { learningRate: 1 }),
  'float64 dense features': stepWith((good) => ({ dense: new Float64Array(good.dense) as never })),
  'dense features as a list': stepWith((good) => ({ dense: [...good.dense] as never })),
  'no dense features': stepWith(() => ({ dense: undefined as never })),
  'a dense feature that is NaN': stepWith((good) => ({ dense: good.dense.with(good.dense.length - 1, NaN) })),
  'float64 labels': stepWith((good) => ({ labels: new Float64Array(good.labels) as never })),
  'labels of another length': stepWith((good) => ({ labels: new Float32Array(good.size + 1) })),
  'a label of 2': stepWith((good) => ({ labels: good.labels.with(good.size - 1, 2) })),
  'no labels': stepWith(() => ({ labels: undefined as never })),
  'no features': stepWith(() => ({ features: undefined as never })),
  'a feature too few': stepWith((good) => ({ features: good.features.slice(1) })),
  'a bad id in the second feature': stepWith(secondFeature({ indices: Uint32Array.of(ROWS) })),
  'signed ids in the second feature': stepWith(secondFeature({ indices: new Int32Array(0) as never })),
  'no offsets in the second feature': stepWith(secondFeature({ offsets: undefined as never })),
  'short offsets in the second feature': stepWith(secondFeature({ offsets: Uint32Array.of(0) })),
  'weights that are NaN in the second feature': stepWith((good) => {
    const { indices } = good.features[1]!;
    const { offsets } = good.features[1]!;
    const perSampleWeights = new Float32Array(indices.length + 1);
    return { features: [good.features[0]!, { indices, offsets, perSampleWeights }] };
  }),
  'a batch of more rows, refused at its end': (model, good) => {
    const large = sampleBatch(model.config, 200, 'large');
    return model.trainStep({ ...large, labels: good.labels }, { learningRate: 1 });
  },
  'predicting with a bad id': (model, good) =>
    model.predict({ ...good, ...secondFeature({ indices: Uint32Array.of(ROWS) })(good) }),
  'predicting into an unknown scale': (model, good) => model.predict(good, { output: 'odds' as never }),
  'gradients with a bad label': (model, good) => async () =>
    model.gradients({ ...good, labels: good.labels.with(0, NaN) }),
};

function stepWith(change: (good: ListedBatch) => Partial<LabelledBatch>) {
  return (model: Dlrm, good: ListedBatch) =>
    model.trainStep({ ...good, ...change(good) }, { learningRate: 0.1 });
}

function secondFeature(change: Partial<Bags>) {
  return (good: ListedBatch) => ({ features: [good.features[0]!, { ...good.features[1]!, ...change }] });
}

async function requireRefused(call: () => unknown): Promise<void> {
  await expect(
    (async () => {
      const returned = await call();
      if (typeof returned === 'function') await (returned as () => unknown)();
    })(),
  ).rejects.toMatchObject({ name: 'TtrecError' });
}

const STEPS = 9;
const learningRate = 0.1;

describe.each(Object.entries(engines))('on %s', (_, create) => {
  describe.each(Object.entries(tables))('a model with a table that is %s', (__, table) => {
    test('is the same, bit for bit, whatever refused calls come between its steps', async () => {
      const names = Object.keys(refusals);
      const between = fc.array(fc.constantFrom(...names), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(fc.array(between, { minLength: STEPS, maxLength: STEPS }), async (plan) => {
          const [disturbed, calm] = [build(table, create), build(table, create)];
          for (const [step, refused] of plan.entries()) {
            const batch = sampleBatch(calm.config, 6, `batch ${step}`);
            const bytes = disturbed.backend.memory();
            for (const name of refused) await requireRefused(() => refusals[name]!(disturbed.model, batch));
            expect(disturbed.backend.memory()).toEqual(bytes);
            const results = [disturbed, calm].map(({ model }) => model.trainStep(batch, { learningRate }));
            const [got, want] = await Promise.all(results);
            expect(got).toEqual(want);
          }
          expect(await numbersOf(disturbed.model)).toEqual(await numbersOf(calm.model));
        }),
        { numRuns: 6 },
      );
    });

    test.each(Object.entries(refusals))('is not changed by %s', async (___, refused) => {
      const { model, backend, config } = build(table, create);
      const batch = sampleBatch(config, 6);
      for (let step = 0; step < 2; step++) await model.trainStep(batch, { learningRate });
      const [before, memory] = [await numbersOf(model), backend.memory()];
      await requireRefused(() => refused(model, batch));
      expect(await numbersOf(model)).toEqual(before);
      expect(backend.memory()).toEqual(memory);
    });

    test('has the same bits after steps that nobody awaits as after steps that are awaited', async () => {
      const [awaited, free] = [build(table, create), build(table, create)];
      const batches = Array.from({ length: 2 * STEPS }, (___, step) =>
        sampleBatch(free.config, 6, `batch ${step}`),
      );
      const wanted: unknown[] = [];
      for (const batch of batches) {
        wanted.push(await awaited.model.trainStep(batch, { learningRate }));
        wanted.push(await awaited.model.predict(batch));
      }
      const running = batches.flatMap((batch) => {
        // The caller's arrays are the caller's again as soon as a call returns.
        const own = structuredClone(batch);
        const calls = [free.model.trainStep(own, { learningRate }), free.model.predict(own)];
        own.dense.fill(NaN);
        own.labels.fill(NaN);
        for (const { indices } of own.features) indices.fill(ROWS);
        return calls;
      });
      expect(await Promise.all(running)).toEqual(wanted);
      expect(await numbersOf(free.model)).toEqual(await numbersOf(awaited.model));
      // Where there is a cache, rows went into it and out of it on the way.
      for (const { statistics } of free.model.embeddings.takeCacheStatistics()) {
        expect(statistics.refreshes).toBeGreaterThan(5);
        expect(statistics.evictions).toBeGreaterThan(0);
      }
    });
  });
});

test('what cannot wait for steps that are under way says so', async () => {
  const { model, config } = build(cached, engines['an engine whose reads are awaited']!);
  const batch = sampleBatch(config, 6);
  const steps = Array.from({ length: 4 }, () => model.trainStep(batch, { learningRate }));
  for (const act of [() => model.logits(batch), () => model.gradients(batch)])
    expect(act).toThrow(expect.objectContaining({ code: 'dlrm/steps-pending' }));
  await Promise.all(steps);
  expect(model.logits(batch).rows).toBe(6);
});

test('training on after the weights have diverged is refused with a code, on every engine', async () => {
  for (const create of Object.values(engines)) {
    const { model, backend, config } = build(cached, create);
    const batch = sampleBatch(config, 6);
    for (let step = 0; step < 3; step++) await model.trainStep(batch, { learningRate });
    for (const { weights } of model.parameters)
      backend.write(weights, new Float32Array(weights.rows * weights.cols).fill(NaN));
    // Other favourites from step to step: rows are evicted, and would be written back.
    let thrown: unknown;
    for (let step = 0; step < 20 && thrown === undefined; step++) {
      const ids = {
        indices: new Uint32Array(36).fill(step),
        offsets: Uint32Array.of(0, 6, 12, 18, 24, 30, 36),
      };
      const favourite = { ...batch, features: [ids, ids] };
      await model.trainStep(favourite, { learningRate }).catch((caught: unknown) => (thrown = caught));
    }
    expect(thrown).toMatchObject({ code: 'embeddings/not-finite' });
    expect((thrown as Error).message).toContain('The weights have diverged');
    await expect(model.trainStep(batch, { learningRate })).rejects.toMatchObject({
      code: 'embeddings/not-finite',
    });
  }
});
