import { createCpuBackend } from '@ttrec/backend-cpu';
import { auc, aucByFrequency, binaryMetrics, Dlrm, probabilityMetrics, rankingMetrics } from '@ttrec/dlrm';
import type { Bags } from '@ttrec/embeddings';
import { scaledError } from '@ttrec/golden';
import { refusal } from '@ttrec/test-support';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everything, mixedModel, sampleBatch } from './small-models.ts';

const batch = sampleBatch(mixedModel, 5);

/** The rows of a list of places, in this order. */
function rowsAt(places: readonly number[]) {
  const pick = (values: Float32Array, width: number) =>
    Float32Array.from(places.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]));
  const features = batch.features.map(({ indices, offsets }): Bags => {
    const bags = places.map((row) => [...indices.subarray(offsets[row], offsets[row + 1])]);
    const ends = [0];
    for (const bag of bags) ends.push(ends.at(-1)! + bag.length);
    return { indices: Uint32Array.from(bags.flat()), offsets: Uint32Array.from(ends) };
  });
  const { length: size } = places;
  return { size, dense: pick(batch.dense, 3), labels: pick(batch.labels, 1), features };
}

async function afterSteps(...batches: Parameters<Dlrm['trainStep']>[0][]) {
  const backend = createCpuBackend();
  const optimizer = { embeddings: { rule: 'adagrad' }, dense: { rule: 'adam' } } as const;
  const model = new Dlrm({ ...mixedModel, optimizer, backend });
  const losses: number[] = [];
  for (const each of batches) losses.push((await model.trainStep(each, { learningRate: 0.1 })).loss);
  return { losses, numbers: await everything(backend, model) };
}

describe('a step', () => {
  const weighted = { ...batch, weights: Float32Array.of(1, 2, 0.5, 0, 3) };
  const halves = rowsAt([0, 0, 1, 1, 1, 1, 2, 4, 4, 4, 4, 4, 4]);

  test('a row of weight 2 is one that comes twice, and a row of weight 0 none', async () => {
    const [one, twice] = [await afterSteps(weighted, weighted), await afterSteps(halves, halves)];
    // Sums of 13 terms of float32 in place of 5, through two steps.
    one.losses.forEach((loss, s) => expect(loss).toBeCloseTo(twice.losses[s]!, 5));
    one.numbers.forEach((values, p) => expect(scaledError(values, twice.numbers[p]!)).toBeLessThan(1e-4));
  });

  test('weights count by their ratios: 4 for every row changes no bit', async () => {
    const plain = await afterSteps(batch);
    expect(await afterSteps({ ...batch, weights: new Float32Array(5).fill(4) })).toEqual(plain);
    expect((await afterSteps(weighted)).numbers).not.toEqual(plain.numbers);
  });

  test('rows that all weigh nothing have a loss of 0 and no gradient', async () => {
    const backend = createCpuBackend();
    const model = new Dlrm({ ...mixedModel, backend });
    const before = await everything(backend, model);
    const { loss } = await model.trainStep({ ...batch, weights: new Float32Array(5) }, { learningRate: 1 });
    expect([loss, await everything(backend, model)]).toEqual([0, before]);
  });

  test('what waits for its turn keeps its weights', async () => {
    const model = new Dlrm({ ...mixedModel, backend: createCpuBackend() });
    const other = { ...weighted, weights: weighted.weights.slice() };
    const steps = [model.trainStep(batch, { learningRate: 0 }), model.trainStep(other, { learningRate: 0 })];
    other.weights.fill(1);
    const alone = new Dlrm({ ...mixedModel, backend: createCpuBackend() });
    const want = await alone.trainStep(weighted, { learningRate: 0 });
    expect((await Promise.all(steps))[1]).toEqual(want);
  });

  test.each([
    [[1, 2], 'batch weights: must be one for each of the 5 rows, got 2'],
    [[1, 2, -1, 1, 1], 'batch row 2, weight: must be a finite number from 0, got -1'],
    [[1, 2, 1, 1, Infinity], 'batch row 4, weight: must be a finite number from 0, got Infinity'],
    [[NaN, 2, 1, 1, 1], 'batch row 0, weight: must be a finite number from 0, got NaN'],
  ])('refuses the weights %j', async (weights, words) => {
    const model = new Dlrm({ ...mixedModel, backend: createCpuBackend() });
    const step = model.trainStep({ ...batch, weights: Float32Array.from(weights) }, { learningRate: 1 });
    await expect(step).rejects.toEqual(refusal('dlrm/row-weights', words));
  });
});

const rows = fc.array(
  fc.record({
    label: fc.constantFrom(0, 1),
    // Few, so that many tie.
    score: fc.constantFrom(0, 0.25, 0.5, 0.75, 1),
    weight: fc.integer({ min: 0, max: 3 }),
    group: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);

test('metrics by whole weights are those of rows that come so often', () => {
  fc.assert(
    fc.property(rows, (list) => {
      fc.pre(list.some(({ weight }) => weight > 0));
      const times = list.flatMap((row) => Array.from({ length: row.weight }, () => row));
      const of = (all: typeof list) =>
        [all.map(({ label }) => label), all.map(({ score }) => score)] as const;
      const weights = list.map(({ weight }) => weight);
      // Sums of at most 120 terms of float64 in another order.
      const close = (value: unknown) =>
        typeof value === 'number' && Number.isFinite(value) ? (expect.closeTo(value, 10) as number) : value;
      const expected = (metrics: object) =>
        Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, close(value)]));
      expect(binaryMetrics(...of(list), { weights })).toMatchObject({
        ...expected(binaryMetrics(...of(times))),
        rows: list.length,
        positives: list.filter(({ label }) => label === 1).length,
        weight: times.length,
      });
      expect(auc(...of(list), weights)).toEqual(close(auc(...of(times))));
      const { averagePrecision, brier } = probabilityMetrics(...of(times));
      expect(probabilityMetrics(...of(list), { weights })).toMatchObject(
        expected({ averagePrecision, brier }),
      );
      const groups = (all: typeof list) => all.map(({ group }) => group);
      const { gauc } = rankingMetrics(...of(times), groups(times));
      expect(rankingMetrics(...of(list), groups(list), { weights }).gauc).toEqual(close(gauc));
    }),
  );
});

test('a group counts by the mean weight of its rows, without those of weight 0', () => {
  // Reciprocal ranks: 1 of group 1, whose first row weighs nothing, and 1/2 of group 2.
  const [labels, scores] = [
    [0, 1, 0, 0, 1],
    [3, 2, 1, 3, 2],
  ];
  const got = rankingMetrics(labels, scores, [1, 1, 1, 2, 2], { weights: [0, 2, 4, 1, 1] });
  expect(got.groups).toBe(2);
  expect(got.mrr).toBeCloseTo((3 * 1 + 1 * 0.5) / 4, 14);
});

test('AUC by frequency takes weights, and has none where all rows of a band weigh nothing', () => {
  const [labels, scores] = [
    [0, 1, 1, 0],
    [1, 2, 1, 2],
  ];
  const bands = aucByFrequency(labels, scores, [1, 1, 5, 5], { bands: 2, weights: [1, 1, 0, 0] });
  expect(bands.map((band) => band.auc)).toEqual([1, NaN]);
});

test.each([
  [[1], 'dlrm/metric-length', 'weights: must be as many as the 2 labels, got 1'],
  [[1, -1], 'dlrm/metric-weight', 'weights[1]: must be a finite number from 0, got -1'],
  [[0, 0], 'dlrm/metric-weight', 'weights: must not all be 0, got 0'],
])('metrics refuse the weights %j', (weights, code, words) => {
  for (const metric of [
    () => auc([0, 1], [0, 1], weights),
    () => binaryMetrics([0, 1], [0, 1], { weights }),
    () => rankingMetrics([0, 1], [0, 1], [1, 1], { weights }),
  ])
    expect(metric).toThrow(refusal(code, words));
});
