import { createCpuBackend } from '@ttrec/backend-cpu';
import { openDataset, type Dataset } from '@ttrec/data';
import { cost } from '@ttrec/embeddings';
import { sizedForms, type PlanFeature } from '@ttrec/planner';
import {
  planByMeasuring,
  TrainingMeasurer,
  type MeasuredPlan,
  type Measurer,
  type Metric,
  type Trial,
} from '@ttrec/planner/measure';
import { refusal } from '@ttrec/test-support';
import { modelConfig } from '@ttrec/training';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';

const embeddingDim = 8;
const features: PlanFeature[] = [
  { name: 'user', numEmbeddings: 3000 },
  { name: 'item', numEmbeddings: 800 },
  { name: 'country', numEmbeddings: 20 },
];
const asked = { embeddingDim, bytes: 12_000, optimizer: { rule: 'adagrad' } } as const;

/** Loses by kind and bytes of each table: hashes do well for users, trains for items. */
const mock: Measurer = async ({ candidate, share, seed }) => {
  const lossOf = ({ name, kind, bytes }: (typeof candidate.tables)[number]) => {
    const suits = (name === 'user' && kind.startsWith('hash')) || (name === 'item' && kind.startsWith('tt'));
    return (suits ? 0.1 : 0.2) - 1e-6 * bytes;
  };
  const loss =
    candidate.tables.reduce((sum, table) => sum + lossOf(table), 0) + 0.1 * (1 - share) + 1e-3 * seed;
  return { loss, rows: new Float32Array(32).fill(loss), seconds: 2 * share };
};

function bytesOf({ tables }: MeasuredPlan): number {
  return tables.reduce(
    (sum, { config, numEmbeddings }) => sum + cost(config, { numEmbeddings, embeddingDim }).bytes,
    0,
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** No single kind that was measured as far, over the same seeds, is better than what was chosen. */
function expectBestSingleBehind({ tried, chosen }: MeasuredPlan): void {
  const [first] = tried;
  expect(first!.name).toBe(chosen);
  const singles = tried.filter(({ single, share }) => single !== undefined && share === first!.share);
  expect(singles.length).toBeGreaterThan(0);
  for (const { losses } of singles) {
    if (losses.length < first!.losses.length) continue;
    expect(meanOf(first!.losses)).toBeLessThanOrEqual(meanOf(losses));
  }
}

describe('a measured plan', () => {
  test('is the mixture that was measured to be the best, within the bytes', async () => {
    const made = await planByMeasuring(features, asked, { measure: mock, budget: { trials: 60 } });
    const kinds = Object.fromEntries(made.tables.map(({ name, kind }) => [name, kind]));
    expect(kinds.user).toMatch(/^hash/);
    expect(kinds.item).toMatch(/^tt/);
    expect(made.bytes).toBe(bytesOf(made));
    expect(made.bytes).toBeLessThanOrEqual(asked.bytes);
    expect(made.isWhole).toBe(true);
    expectBestSingleBehind(made);
    expect(made.tried[0]!.behind).toBeUndefined();
    expect(made.tried[1]!.behind!.mean).toBeGreaterThanOrEqual(0);
  });

  test('has tried every form that fits, and the instant plan', async () => {
    const { tried, instant, untried } = await planByMeasuring(features, asked, {
      measure: mock,
      budget: { trials: 60 },
    });
    const names = tried.map(({ name }) => name);
    expect(untried).toEqual([]);
    expect(names).toContain('instant plan');
    expect(instant.bytes).toBeLessThanOrEqual(asked.bytes);
    // A dense table of 3,000 rows does not fit.
    for (const { name } of sizedForms)
      if (name !== 'dense') expect(tried.map(({ single }) => single)).toContain(name);
  });

  test('trains the best kind that fills the bytes whole, though half of them may look better on the way', async () => {
    const early: Measurer = async (trial) => {
      const measured = await mock(trial);
      const isHalf = measured !== undefined && trial.candidate.name.includes('0.5 of the bytes');
      // Half of the bytes learn faster, and end behind.
      const loss = measured!.loss - (isHalf ? 0.05 * (trial.share < 1 ? 1 : -1) : 0);
      return { ...measured!, loss, rows: measured!.rows.fill(loss) };
    };
    for (const trials of [8, 12, 20]) {
      const { tried } = await planByMeasuring(features, asked, { measure: early, budget: { trials } });
      const whole = tried.filter(({ share }) => share === 1);
      expect(whole.some(({ single }) => single !== undefined)).toBe(true);
      for (const { name, single } of tried) if (name.includes('0.5 of')) expect(single).toBeUndefined();
    }
  });

  test('stores a first row that is never read apart, where that was measured to be better', async () => {
    const counted = features.map(({ name, numEmbeddings }) => ({
      name,
      numEmbeddings,
      counts: Array.from({ length: numEmbeddings }, (_, id) => (name === 'country' ? id + 1 : id)),
    }));
    const apart: Measurer = async (trial) => {
      const measured = await mock(trial);
      const loss = measured!.loss - (trial.candidate.name.includes('unread row apart') ? 0.3 : 0);
      return { ...measured!, loss, rows: measured!.rows.fill(loss) };
    };
    const plan = (of: readonly PlanFeature[], overheadBytes = () => 0) =>
      planByMeasuring(of, { ...asked, overheadBytes }, { measure: apart, budget: { trials: 60 } });
    for (const overhead of [0, 70]) {
      const { tables, chosen, bytes } = await plan(counted, () => overhead);
      expect(chosen).toMatch(/, unread row apart$/);
      for (const { name, numEmbeddings, config } of tables) {
        expect(numEmbeddings).toBe(features.find((feature) => feature.name === name)!.numEmbeddings);
        if (name === 'country' || config.kind === 'dense') expect(config.kind).not.toBe('hot-cold');
        else expect(config).toMatchObject({ kind: 'hot-cold', hot: 1 });
      }
      expect(bytes).toBeLessThanOrEqual(asked.bytes);
      expect(bytes).toBeGreaterThan(0.98 * asked.bytes);
    }
    const { tried } = await plan(features);
    for (const { name } of tried) expect(name).not.toContain('unread');
  });

  test('is the same every time for a number of trials', async () => {
    const plan = () => planByMeasuring(features, asked, { measure: mock, budget: { trials: 12 } });
    const [one, again] = [await plan(), await plan()];
    expect(JSON.stringify(again)).toBe(JSON.stringify(one));
  });

  test('of kinds that are named has no others', async () => {
    const kinds = ['dense', 'hash', 'tt'];
    const { tried } = await planByMeasuring(
      features,
      { ...asked, kinds },
      { measure: mock, budget: { trials: 9 } },
    );
    // The TTs whose cores learn slowly, or whose ids are in another order, are of the kind too.
    for (const { single } of tried)
      if (single !== undefined) expect(kinds).toContain(single.replace(/-(slow|permuted|similar).*/, ''));
  });

  test('that was measured on smaller tables is made for all of them', async () => {
    const half = features.map((feature) => ({ ...feature, numEmbeddings: feature.numEmbeddings / 2 }));
    const measured: number[] = [];
    const measure: Measurer = (trial) => {
      measured.push(trial.candidate.tables.reduce((sum, { bytes }) => sum + bytes, 0));
      expect(trial.candidate.tables[0]!.numEmbeddings).toBe(1500);
      return mock(trial);
    };
    const made = await planByMeasuring(features, asked, {
      measure,
      budget: { trials: 10 },
      measuredFeatures: half,
    });
    expect(Math.max(...measured)).toBeLessThanOrEqual(6000);
    expect(made.tables.map(({ numEmbeddings }) => numEmbeddings)).toEqual([3000, 800, 20]);
    expect(made.bytes).toBeLessThanOrEqual(12_000);
    expect(made.bytes).toBeGreaterThan(10_000);
  });

  test('with a limit of time says what was not tried for want of it', async () => {
    const { untried, tried, chosen } = await planByMeasuring(features, asked, {
      measure: mock,
      budget: { seconds: 6 },
    });
    expect(untried.length).toBeGreaterThan(0);
    expect(tried.map(({ name }) => name)).toContain(chosen);
  });
});

test('without a measurement in time the plan is the instant one, and says so', async () => {
  const late: Measurer = async () => undefined;
  const { instant, ...made } = await planByMeasuring(features, asked, {
    measure: late,
    budget: { seconds: 100 },
  });
  expect(made).toMatchObject({ chosen: 'instant plan', tried: [], isWhole: false, bytes: instant.bytes });
  expect(made.untried.length).toBeGreaterThan(10);
  const stored = (tables: MeasuredPlan['tables'] | typeof instant.tables) =>
    tables.map(({ name, config, bytes }) => [name, config, bytes]);
  expect(stored(made.tables)).toEqual(stored(instant.tables));
});

describe('refuses', () => {
  const plan = (measuring: object) =>
    planByMeasuring(features, asked, { measure: mock, budget: { trials: 5 }, ...measuring });

  test.each<[object, string, ...string[]]>([
    [
      { budget: { trials: 0 } },
      'planner/bad-option',
      'budget: must be { seconds } or { trials }, a number above 0',
    ],
    [{ budget: {} }, 'planner/bad-option', 'a number above 0'],
    [{ seed: 0.5 }, 'planner/bad-option', 'seed: must be an integer from 0, got 0.5'],
    [{ seeds: 3 }, 'planner/unknown-option', 'Did you mean "seed"?'],
  ])('%j', async (measuring, code, ...words) => {
    await expect(plan(measuring)).rejects.toThrow(refusal(code, ...words));
  });

  test('to plan if it is stopped before anything was measured', async () => {
    await expect(plan({ measure: async () => undefined })).rejects.toThrow(
      refusal('planner/nothing-measured', 'must measure the first candidates'),
    );
  });
});

describe('measuring by training', () => {
  const backend = createCpuBackend();
  const synthetic = (rows: object) =>
    openDataset(
      { format: 'synthetic', rows: { test: 10, ...rows }, cardinalities: [300, 100], dense: 2 } as Parameters<
        typeof openDataset
      >[0],
      { seed: 1 },
    );
  const measurerOf = (dataset: Dataset, metric: Metric) =>
    new TrainingMeasurer({
      backend,
      dataset,
      model: (tables, seed) =>
        modelConfig(dataset, { embeddingDim: 4, bottomMlp: [4], topMlp: [4], tables, seed }),
      training: { batchSize: 50, epochs: 2, learningRate: 0.05, evaluateEvery: 10 },
      metric,
    });
  const tablesOf = (dataset: Dataset) =>
    dataset.schema.features.map(({ table, numEmbeddings }) => ({ name: table, numEmbeddings }));

  test('goes on where a trial ended, and comes to the same', async () => {
    const dataset = await synthetic({ train: 1000, validation: 300 });
    const tables = tablesOf(dataset).map((table) => ({ ...table, config: { kind: 'tt', ranks: 2 } }));
    const candidate = { name: 'tt', single: 'tt', tables } as unknown as Parameters<Measurer>[0]['candidate'];
    const [steps, whole] = [measurerOf(dataset, 'auc'), measurerOf(dataset, 'auc')];
    for (const share of [0.25, 0.5]) await steps.measure({ candidate, seed: 3, share });
    const last = await steps.measure({ candidate, seed: 3, share: 1 });
    const once = await whole.measure({ candidate, seed: 3, share: 1 });
    expect(last!.loss).toBe(once!.loss);
    expect(last!.rows).toEqual(once!.rows);
    expect(last!.rows).toHaveLength(300);
    expect(last!.loss).toBeLessThan(0.5);
    const other = await whole.measure({ candidate, seed: 4, share: 1 });
    expect(other!.loss).not.toBe(once!.loss);
  });

  test('ends at its limit, and knows what scoring takes', async () => {
    const dataset = await synthetic({ train: 1000, validation: 300 });
    const tables = tablesOf(dataset).map((table) => ({ ...table, config: { kind: 'dense' } }));
    const candidate = { name: 'dense', single: 'dense', tables } as unknown as Trial['candidate'];
    const measurer = measurerOf(dataset, 'auc');
    for (const limit of [0, -1]) {
      expect(await measurer.measure({ candidate, seed: 1, share: 1, limit })).toBeUndefined();
    }
    // Rows that come later than the limit, to train on or to be scored.
    for (const late of ['train', 'validation'] as const) {
      const slow: Dataset = {
        ...dataset,
        async *batches(of) {
          if (of.split === late) await setTimeout(200);
          yield* dataset.batches(of);
        },
      };
      const trial = { candidate, seed: 1, share: 1 };
      expect(await measurerOf(slow, 'auc').measure({ ...trial, limit: 0.05 }), late).toBeUndefined();
    }
    // Longer than a timer can be.
    for (const limit of [2 ** 31 / 1000, 1e10]) {
      expect(await measurer.measure({ candidate, seed: 3, share: 1, limit })).toBeDefined();
    }
    const measured = await measurer.measure({ candidate, seed: 2, share: 1, limit: 600 });
    expect(measured!.scoring).toBeGreaterThan(0);
    expect(measured!.scoring).toBeLessThan(measured!.seconds);
  });

  test('needs validation rows', async () => {
    const dataset = await synthetic({ train: 100, validation: 0 });
    expect(() => measurerOf(dataset, 'auc')).toThrow(
      refusal('planner/no-validation', 'must hold out rows of both labels', 'got 0'),
    );
  });

  test.each<[Metric]>([['auc'], ['log-loss']])(
    'by %s chooses no plan behind the best single kind',
    async (metric) => {
      const dataset = await synthetic({ train: 2000, validation: 400 });
      const measurer = measurerOf(dataset, metric);
      const made = await planByMeasuring(
        tablesOf(dataset),
        {
          embeddingDim: 4,
          bytes: 1500,
          optimizer: { rule: 'adagrad' },
          kinds: ['dense', 'hash', 'tt', 'low-rank'],
        },
        { measure: measurer.measure, budget: { trials: 14 } },
      );
      measurer.dispose();
      expectBestSingleBehind(made);
      expect(made.tried[0]!.share).toBe(1);
      expect(made.tried[0]!.losses.length).toBeGreaterThan(1);
    },
  );
});
