import { createCpuBackend } from '@ttrec/backend-cpu';
import { openDataset, type Batch, type Dataset } from '@ttrec/data';
import { Dlrm } from '@ttrec/dlrm';
import { evaluate, fit } from '@ttrec/training';
import { MetricsWindow } from '@ttrec/training/records';
import { createThreadGroup, ThreadCommunicator } from '@ttrec/training/workers';
import { expect, test } from 'vitest';
import { modelFor, numbersOf } from './models.ts';

const labels = Float32Array.of(0, 0, 1, 1);
/** Their probabilities are all 1 in float64. */
const logits = Float64Array.of(40, 50, 60, 70);
/** softplus of -z vanishes beside that of z = 40 and 50. */
const expected = { auc: 1, logLoss: (40 + 50) / 4 };

test('rows whose probabilities round to 1 are ranked and priced by their logits', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({
    backend,
    denseFeatures: 0,
    embeddingDim: 1,
    tables: [{ name: 'ids', numEmbeddings: 4, config: { kind: 'dense' } }],
    bottomMlp: [],
    topMlp: [],
    interaction: { kind: 'cat' },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: 0,
  });
  const [weight, , rows] = model.parameters;
  backend.write(weight!.weights, Float32Array.of(1));
  backend.write(rows!.weights, Float32Array.from(logits));
  const ids = { indices: Uint32Array.of(0, 1, 2, 3), offsets: Uint32Array.of(0, 1, 2, 3, 4) };
  const [dense, features, byName] = [new Float32Array(0), [ids], { id: ids }];
  const batch: Batch = { size: 4, labels, dense, features, byName, trueLogits: logits };
  const dataset = {
    rows: { train: 0, validation: 0, test: 4 },
    schema: { dense: [], features: [] },
    batches: async function* () {
      yield batch;
    },
  } as Partial<Dataset> as Dataset;
  const { metrics, probability, bestPossible } = await evaluate(model, dataset, 'test');
  expect(metrics).toMatchObject(expected);
  // All four are certain: two are wrong, and one tie of half positives is all that there is.
  const bin = { weight: 4, meanPrediction: 1, rate: 1 / 2 };
  expect(probability).toEqual({ averagePrecision: 1 / 2, brier: 1 / 2, calibrationBins: [bin] });
  expect(bestPossible).toEqual(expected);
});

test('so are the rows of a window of training', () => {
  const window = new MetricsWindow();
  window.add({ labels, logits });
  expect(window.take()).toMatchObject(expected);
});

/** Rows with whole weights, or as many copies of each in place of them. */
async function clicksWithWeights(how: 'weighted' | 'repeated') {
  const rows = Array.from({ length: 200 }, (_, i) => {
    return { item: `i${i % 7}`, user: `u${i % 5}`, y: Number((i * i) % 7 < 3), w: i % 4 };
  });
  const repeated = rows.flatMap((row) => Array.from({ length: row.w }, () => row));
  return openDataset(
    {
      format: 'rows',
      label: { column: 'y', equals: '1' },
      ...(how === 'weighted' && { weight: 'w' }),
      group: 'user',
      // Ids that do not depend on how often a value occurs.
      features: [
        { column: 'item', ids: { kind: 'hash', buckets: 20 } },
        { column: 'user', ids: { kind: 'hash', buckets: 20 } },
      ],
      split: { by: 'column', column: 'w', testFrom: 99 },
    },
    {
      seed: 1,
      rows: async function* () {
        yield how === 'weighted' ? rows : repeated;
      },
    },
  );
}

test('rows with weights are trained on and evaluated as rows that come so often', async () => {
  const [weighted, repeated] = await Promise.all([
    clicksWithWeights('weighted'),
    clicksWithWeights('repeated'),
  ]);
  expect(weighted.baseRate).toBeCloseTo(repeated.baseRate, 14);
  const outcomes = await Promise.all(
    [weighted, repeated].map(async (dataset) => {
      using model = modelFor(dataset);
      // One batch of all rows an epoch, so that the two see the same.
      const records: number[] = [];
      await fit(model, dataset, {
        ...{ batchSize: 1000, epochs: 5, logEvery: 1, learningRate: 0.1 },
        onRecord: (record) => {
          if (record.type === 'train') records.push(record.loss);
        },
      });
      const { metrics, probability, ranking } = await evaluate(model, dataset, 'train');
      const { logLoss, baseRateLogLoss, auc, accuracy, normalizedEntropy, calibration } = metrics;
      const shares = [logLoss, baseRateLogLoss, auc, accuracy, normalizedEntropy, calibration];
      return [...records, ...shares, probability.brier, ranking!.gauc!].map(Number);
    }),
  );
  // Sums of 300 terms of float32 in place of 200, through five steps.
  const [one, other] = outcomes as [number[], number[]];
  one.forEach((value, i) => expect(value).toBeCloseTo(other[i]!, 4));
  const { metrics } = await evaluate(modelFor(weighted), weighted, 'train');
  expect(metrics).toMatchObject({ rows: 200, weight: 300 });
});

test('with weights, workers end with the bits of one, and a window of rows that weigh nothing has no record yet', async () => {
  const dataset = await clicksWithWeights('weighted');
  const settings = { batchSize: 30, steps: 5, learningRate: 0.1, shards: 4 } as const;
  const trained = async (workers: number) => {
    const group = createThreadGroup(workers);
    return Promise.all(
      Array.from({ length: workers }, async (_, rank) => {
        const model = modelFor(dataset);
        const communicator = new ThreadCommunicator(group, rank);
        await fit(model, dataset, { ...settings, communicator });
        return [await numbersOf(model), await evaluate(model, dataset, 'train', { communicator })];
      }),
    );
  };
  const [alone] = await trained(1);
  expect(await trained(3)).toEqual([alone, alone, alone]);

  const window = new MetricsWindow();
  window.add({ labels, logits, weights: [0, 0, 0, 0] });
  expect(window.hasWeight).toBe(false);
  window.add({ labels, logits, weights: [1, 0, 0, 2] });
  expect(window.contents.weights).toEqual([0, 0, 0, 0, 1, 0, 0, 2]);
  expect(window.take()).toMatchObject({ rows: 8, weight: 3, auc: 1 });
});

test('data whose weights leave no positive row is refused', async () => {
  const rows = [0, 1, 0, 1].map((y) => ({ item: 'a', y, w: y === 1 ? 0 : 1 }));
  const opening = openDataset(
    {
      format: 'rows',
      label: { column: 'y', equals: '1' },
      weight: 'w',
      features: [{ column: 'item' }],
      split: { by: 'last', test: 0.25 },
    },
    {
      rows: async function* () {
        yield rows;
      },
    },
  );
  await expect(opening).rejects.toMatchObject({
    code: 'data/one-class',
    message: expect.stringContaining('weight: must be above 0 in some positive') as string,
  });
});
