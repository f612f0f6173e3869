import { openDataset, presetCardinalities, type Batch, type DataConfig, type Dataset } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { batchesOf, refusal, rowsOf } from './batches.ts';

type SyntheticConfig = Extract<DataConfig, { format: 'synthetic' }>;

function open(config: Partial<SyntheticConfig>, seed = 3): Promise<Dataset> {
  return openDataset(
    {
      format: 'synthetic',
      rows: { train: 60_000, validation: 10, test: 40_000 },
      cardinalities: [100, 100, 5000],
      ...config,
    },
    { seed },
  );
}

/** The sigmoid of the true logits. */
const trueProbabilities = ({ trueLogits }: Batch) => trueLogits!.map((z) => 1 / (1 + Math.exp(-z)));
const testBatches = (dataset: Dataset) => batchesOf(dataset, { split: 'test', batchSize: 4096 });
const column = (batches: readonly Batch[], f: number) =>
  batches.flatMap((batch) => [...batch.features[f]!.indices]);

describe('ids', () => {
  // Pearson's statistic over the 30 most frequent ids and one bin of the rest: 30 degrees of freedom, 99.9 % point 59.7.
  test.each([0, 0.5, 1, 1.05, 2])('follow the Zipf law of exponent %d exactly', async (zipf) => {
    const size = 1000;
    const ids = column(await testBatches(await open({ cardinalities: [size], zipf })), 0);
    const mass = Array.from({ length: size }, (_, id) => (id + 1) ** -zipf);
    const total = mass.reduce((sum, x) => sum + x, 0);
    const counts = new Array<number>(31).fill(0);
    for (const id of ids) counts[Math.min(id, 30)]!++;
    const expected = counts.map(
      (_, id) => (ids.length * (id < 30 ? mass[id]! : mass.slice(30).reduce((a, b) => a + b, 0))) / total,
    );
    expect(
      counts.reduce((sum, count, id) => sum + (count - expected[id]!) ** 2 / expected[id]!, 0),
    ).toBeLessThan(59.7);
    expect(Math.max(...ids.slice(0, 1000))).toBeLessThan(size);
  });

  test('reach far into tables of tens of millions of rows, and past 2^24', async () => {
    const size = 40_000_000;
    const ids = column(await testBatches(await open({ cardinalities: [size], zipf: 1.05 })), 0);
    expect(ids.every((id) => id < size)).toBe(true);
    // The share of ids above 2^24 by the law: integrals of x^-1.05 over the tail and over the whole, plus the sum's head.
    const integral = (from: number, to: number) => (from ** -0.05 - to ** -0.05) / 0.05;
    let head = 0;
    for (let k = 1; k <= 1000; k++) head += k ** -1.05;
    const share = integral(2 ** 24, size) / (head + integral(1000.5, size));
    const found = ids.filter((id) => id >= 2 ** 24);
    // Binomial with 40,000 draws: four standard deviations.
    expect(Math.abs(found.length - share * ids.length)).toBeLessThan(4 * Math.sqrt(share * ids.length));
    expect(found.some((id) => id % 2 === 1)).toBe(true);
  });

  test('one id a table is allowed', async () => {
    const batches = await testBatches(await open({ cardinalities: [1, 2] }));
    expect(new Set(column(batches, 0))).toEqual(new Set([0]));
    expect(new Set(column(batches, 1))).toEqual(new Set([0, 1]));
  });

  test('bags have as many ids as asked for', async () => {
    const fixed = rowsOf(await testBatches(await open({ idsPerBag: 3, rows: { train: 1, test: 500 } })));
    expect(fixed.every((row) => row.ids.every((bag) => bag.length === 3))).toBe(true);
    const dataset = await open({ idsPerBag: { min: 0, max: 2 }, rows: { train: 1, test: 3000 } });
    const lengths = rowsOf(await testBatches(dataset)).map((row) => row.ids[1]!.length);
    // 3000 draws over 3 lengths: 1000 each, four standard deviations are 103.
    for (const length of [0, 1, 2])
      expect(Math.abs(lengths.filter((x) => x === length).length - 1000)).toBeLessThan(103);
    expect(dataset.schema.features.every((feature) => feature.multiValued)).toBe(true);
  });
});

describe('the truth', () => {
  test('is calibrated: in each tenth of the rows, sorted by truth, as many positives as it says', async () => {
    const batches = await testBatches(await open({ cardinalities: 'criteo-kaggle' }));
    const truth = batches.flatMap((batch) => [...trueProbabilities(batch)]);
    const labels = batches.flatMap((batch) => [...batch.labels]);
    const order = truth.map((_, i) => i).sort((a, b) => truth[a]! - truth[b]!);
    const tenth = order.length / 10;
    for (let bin = 0; bin < 10; bin++) {
      const rows = order.slice(bin * tenth, (bin + 1) * tenth);
      const expected = rows.reduce((sum, i) => sum + truth[i]!, 0);
      const variance = rows.reduce((sum, i) => sum + truth[i]! * (1 - truth[i]!), 0);
      const found = rows.reduce((sum, i) => sum + labels[i]!, 0);
      // Four standard deviations of a sum of Bernoulli draws.
      expect(Math.abs(found - expected)).toBeLessThan(4 * Math.sqrt(variance));
    }
  });

  test.each([1, 2, 3])('by default leaves much to learn: seed %d', async (seed) => {
    const batches = await testBatches(await open({ cardinalities: 'criteo-kaggle' }, seed));
    const truth = batches.flatMap((batch) => [...trueProbabilities(batch)]);
    const labels = batches.flatMap((batch) => [...batch.labels]);
    const baseRate = labels.reduce((sum, y) => sum + y, 0) / labels.length;
    // Set on 8192 rows and met on 40,000: standard error of the mean probability 0.0025, of sampled labels 0.002.
    expect(Math.abs(baseRate - 0.25)).toBeLessThan(0.013);
    const best = truth.reduce((sum, p, i) => sum - Math.log(labels[i] === 1 ? p : 1 - p), 0) / truth.length;
    const entropy = -baseRate * Math.log(baseRate) - (1 - baseRate) * Math.log(1 - baseRate);
    expect(entropy - best).toBeGreaterThan(0.1);
    expect(areaUnderCurve(truth, labels)).toBeGreaterThan(0.78);
    expect(areaUnderCurve(truth, labels)).toBeLessThan(0.83);
  });

  test('is told as logits, which rank rows whose probabilities round to 0 or 1', async () => {
    const batches = await testBatches(await open({ signal: 20 }));
    const logits = batches.flatMap((batch) => [...batch.trueLogits!]);
    const probabilities = batches.flatMap((batch) => [...trueProbabilities(batch)]);
    expect(new Set(logits).size).toBeGreaterThan(new Set(probabilities).size + 100);
  });

  test('without signal is the base rate', async () => {
    const [batch] = await batchesOf(await open({ signal: 0, baseRate: 0.1 }), {
      split: 'test',
      batchSize: 100,
    });
    for (const p of trueProbabilities(batch!)) expect(p).toBeCloseTo(0.1, 9);
  });

  test('with the dense share alone is a logistic regression on the dense columns', async () => {
    const shares = { dense: 1, structure: 0, noise: 0, interactions: 0 };
    const [batch] = await batchesOf(await open({ shares, dense: 3 }), { split: 'test', batchSize: 100 });
    const logit = [...batch!.trueLogits!];
    // Four rows fix the plane; the others must lie on it. The solution is by Cramer's rule in float64.
    const x = (row: number) => [1, ...batch!.dense.slice(3 * row, 3 * row + 3)];
    const plane = solve([0, 1, 2, 3].map(x), logit.slice(0, 4));
    for (let row = 4; row < 100; row++) {
      const expected = x(row).reduce((sum, value, j) => sum + value * plane[j]!, 0);
      expect(logit[row]).toBeCloseTo(expected, 6);
    }
  });

  test('with the structure share alone is of low rank across the digits of ids', async () => {
    const shares = { dense: 0, structure: 1, noise: 0, interactions: 0 };
    const config = { shares, rank: 2, cardinalities: [1000], zipf: 0, rows: { train: 1, test: 40_000 } };
    const batches = await testBatches(await open(config));
    const logits = new Float64Array(1000).fill(NaN);
    for (const { trueLogits, features } of batches) {
      trueLogits!.forEach((logit, b) => (logits[features[0]!.indices[b]!] = logit));
    }
    // 40,000 uniform draws of 1000 ids miss one with probability 1000·e^-40. Logit minus bias has rank 2 as a 10 by 100
    // matrix of digits, so that the logit has rank 3 and every 4 by 4 minor vanishes, which those of noise do not.
    const at = (row: number, col: number) => logits[100 * row + col]!;
    for (let shift = 0; shift < 20; shift++) {
      const minor = [0, 1, 2, 3].map((i) =>
        [0, 1, 2, 3].map((j) => at((2 * i + shift) % 10, 7 * j + 3 * shift)),
      );
      expect(Math.abs(determinant(minor))).toBeLessThan(1e-9);
    }
  });

  test('with the noise share alone belongs to each id', async () => {
    const shares = { dense: 0, structure: 0, noise: 1, interactions: 0 };
    const config = { shares, cardinalities: [100_000], zipf: 0, rows: { train: 1, test: 40_000 } };
    const batches = await testBatches(await open(config));
    const truthOf = new Map<number, number>();
    let again = 0;
    for (const { trueLogits, features } of batches) {
      trueLogits!.forEach((logit, b) => {
        const id = features[0]!.indices[b]!;
        if (truthOf.has(id)) again++;
        expect(truthOf.get(id) ?? logit).toBe(logit);
        truthOf.set(id, logit);
      });
    }
    expect(again).toBeGreaterThan(1000);
    const logits = [...truthOf.values()];
    const mean = logits.reduce((sum, x) => sum + x, 0) / logits.length;
    const deviation = Math.sqrt(logits.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logits.length);
    // Set to 1.4 on 8192 rows, a relative standard error of 1/√16384 = 0.8 %; some 33,000 ids here. Four of them.
    expect(Math.abs(deviation / 1.4 - 1)).toBeLessThan(0.035);
  });
});

describe('rows', () => {
  test('row i is the same however it is reached', async () => {
    const config = { cardinalities: 'criteo-kaggle', rows: { train: 10, test: 3000 } } as const;
    const sequential = await batchesOf(await open(config), { split: 'test', batchSize: 1000 });
    const [late] = await batchesOf(await open(config), { split: 'test', batchSize: 1000, skipBatches: 2 });
    expect(late).toEqual(sequential[2]);
    const byOne = await batchesOf(await open(config), { split: 'test', batchSize: 1, skipBatches: 2999 });
    expect(rowsOf(byOne)).toEqual(rowsOf(sequential).slice(2999));
  });

  test('a batch deep in a stream of four billion rows comes at once', async () => {
    const dataset = await open({ rows: { train: 4_294_967_295, test: 0 }, cardinalities: [40_000_000] });
    const batches = dataset.batches({ split: 'train', batchSize: 8, skipBatches: 500_000_000 });
    for await (const batch of batches) {
      expect(batch.size).toBe(8);
      break;
    }
  });

  test('splits share no rows, and the seed changes all', async () => {
    const config = { rows: { train: 500, validation: 500, test: 500 }, cardinalities: [10_000_000] };
    const dense = async (split: 'train' | 'validation' | 'test', seed: number) =>
      rowsOf(await batchesOf(await open(config, seed), { split, batchSize: 500 })).map((row) =>
        row.dense.join(),
      );
    const all = [
      await dense('train', 3),
      await dense('validation', 3),
      await dense('test', 3),
      await dense('train', 4),
    ].flat();
    expect(new Set(all).size).toBe(2000);
  });

  test('opening holds no table: ten times the ids take at most a few MB more', async () => {
    const cardinalities = presetCardinalities['criteo-kaggle'].map((size) => size * 10);
    const before = process.memoryUsage().arrayBuffers;
    const dataset = await open({ cardinalities });
    await batchesOf(dataset, { split: 'validation', batchSize: 10 });
    // 337 million ids; the dense table at D = 16 would be 21 GB. Noise of at most 26 · 2^16 ids is 14 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32e6);
  });

  test('a stream that would outrun its random numbers', async () => {
    const cardinalities = new Array<number>(3000).fill(2);
    const { code, message } = await refusal(
      open({ cardinalities, idsPerBag: 1000, rows: { train: 4e9, test: 0 } }),
    );
    expect(code).toBe('data/stream-too-long');
    // 2^53 words, 64 for each of 3000 features' 1000 ids.
    expect(message).toContain(
      `config.rows: must sum to at most ${Math.floor(2 ** 53 / (64 * 3000 * 1000))}, got 4000000000`,
    );
  });

  test('names, counts and report', async () => {
    const dataset = await open({ dense: 2, cardinalities: [7, 9] });
    expect(dataset.schema).toEqual({
      dense: ['I1', 'I2'],
      features: [
        { name: 'C1', table: 'C1', numEmbeddings: 7, multiValued: false },
        { name: 'C2', table: 'C2', numEmbeddings: 9, multiValued: false },
      ],
    });
    expect(dataset.rows).toEqual({ train: 60_000, validation: 10, test: 40_000 });
    expect(dataset.positives).toEqual({});
    expect(dataset.baseRate).toBe(0.25);
    expect(dataset.report.tables[1]).toEqual({ table: 'C2', kind: 'given', numEmbeddings: 9 });
  });
});

function areaUnderCurve(scores: readonly number[], labels: readonly number[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let ranks = 0;
  order.forEach((i, rank) => {
    if (labels[i] !== 1) return;
    positives++;
    ranks += rank + 1;
  });
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
}

/** By expansion along the first row. */
function determinant(matrix: readonly (readonly number[])[]): number {
  if (matrix.length === 1) return matrix[0]![0]!;
  return matrix[0]!.reduce((sum, value, j) => {
    const minor = matrix.slice(1).map((row) => row.filter((_, k) => k !== j));
    return sum + (j % 2 === 0 ? 1 : -1) * value * determinant(minor);
  }, 0);
}

/** Cramer's rule. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const whole = determinant(matrix);
  return right.map((_, j) => {
    const replaced = matrix.map((row, i) => row.map((value, k) => (k === j ? right[i]! : value)));
    return determinant(replaced) / whole;
  });
}
