import { RandomStream } from '@ttrec/core';
import { optionGenerators, Planner, type PlanFeature } from '@ttrec/planner';
import { expect, test, vi } from 'vitest';
import { hypotheses } from '../src/losses/hypotheses.ts';
import { optionsOf, type TableOption } from '../src/options/table-options.ts';

// Hundreds of models are planned, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000 });

/** Trains all kinds, those of integers too. */
const optimizer = { rule: 'adagrad' } as const;

const trainable = optionGenerators.filter(({ inferenceOnly }) => inferenceOnly !== true);

function someTables(stream: RandomStream, most: number, largest: number): PlanFeature[] {
  return Array.from({ length: 1 + stream.nextInteger(most) }, (_, t) => ({
    name: `table ${t}`,
    numEmbeddings: 1 + stream.nextInteger(largest),
    zipf: stream.nextInteger(4) === 0 ? 0 : 2 * stream.nextUniform(),
    weight: 1 + stream.nextInteger(3),
    frequencyOrdered: stream.nextInteger(3) > 0,
  }));
}

function someKinds(stream: RandomStream): string[] {
  const kinds = trainable.map(({ kind }) => kind).filter(() => stream.nextInteger(3) === 0);
  // These two fit any table.
  return [...new Set(['dense', 'hash', ...kinds])];
}

/** Every option of every kind of a table, dominated ones and the sizes between them included. */
function allOptions(
  features: readonly PlanFeature[],
  embeddingDim: number,
  kinds: readonly string[],
): TableOption[][] {
  const rows = features.reduce((sum, { numEmbeddings }) => sum + numEmbeddings, 0);
  return features.map((feature) => {
    const settings = {
      embeddingDim,
      generators: trainable.filter(({ kind }) => kinds.includes(kind)),
      hypotheses,
      maxMultiplyAdds: Infinity,
      optimizer,
      overheadBytes: () => 0,
    };
    const { options, ofKinds } = optionsOf(feature, settings, feature.numEmbeddings / rows);
    return [...options, ...ofKinds];
  });
}

/** The least weighted mean of losses over all combinations within a budget. */
function bruteForce(
  features: readonly PlanFeature[],
  options: readonly TableOption[][],
  budget: number,
): number {
  const total = features.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const least = (t: number, left: number): number => {
    if (t === options.length) return 0;
    let best = Infinity;
    for (const { bytes, loss } of options[t]!) {
      if (bytes > left) continue;
      const scaled = ((features[t]!.weight ?? 1) / total) * loss;
      if (scaled < best) best = Math.min(best, scaled + least(t + 1, left - bytes));
    }
    return best;
  };
  return least(0, budget);
}

test('1,000 small models: a plan is what trying all combinations finds, and the gap is a bound', () => {
  const stream = new RandomStream(9, 'small');
  for (let model = 0; model < 1000; model++) {
    const embeddingDim = 1 + stream.nextInteger(6);
    const features = someTables(stream, 2, 60);
    const kinds = someKinds(stream);
    const planner = new Planner(features, { embeddingDim, kinds, optimizer });
    const { smallestBytes, denseBytes } = planner;
    const budget =
      smallestBytes + Math.floor(Math.max(0, denseBytes - smallestBytes) * stream.nextUniform() ** 2);
    const { expectedLoss, gap } = planner.plan(budget);
    const best = bruteForce(features, allOptions(features, embeddingDim, kinds), budget);
    // Losses are sums of at most two numbers that are rounded to 2^-46.
    expect(Math.abs(expectedLoss - best)).toBeLessThan(1e-12);
    expect(gap).toBe(0);
  }
});

test('60 models: more kinds never give a plan that is expected to be worse, nor do more bytes', () => {
  const stream = new RandomStream(10, 'kinds');
  for (let model = 0; model < 60; model++) {
    const embeddingDim = 1 + stream.nextInteger(24);
    const features = someTables(stream, 3, 30_000);
    const kinds = someKinds(stream);
    const few = new Planner(features, { embeddingDim, kinds, optimizer });
    const more = new Planner(features, {
      embeddingDim,
      optimizer,
      kinds: [...new Set([...kinds, ...someKinds(stream)])],
    });
    const start = few.smallestBytes;
    const budgets = Array.from({ length: 6 }, () =>
      Math.floor(start * (few.denseBytes / start) ** stream.nextUniform()),
    );
    let least = Infinity;
    for (const budget of budgets.filter((bytes) => bytes >= start).sort((a, b) => a - b)) {
      const [one, other] = [few.plan(budget), more.plan(budget)];
      expect(other.expectedLoss).toBeLessThanOrEqual(one.expectedLoss + other.gap);
      expect(other.expectedLoss - other.gap).toBeLessThanOrEqual(one.expectedLoss);
      expect(one.expectedLoss).toBeLessThanOrEqual(least + one.gap);
      least = one.expectedLoss;
    }
  }
});

test.each([
  [[21_047, 82_598], 0, 13_248],
  [[5000, 60_000], 0, 20_000],
  [[400_000, 3000], 0.3, 50_000],
])(
  'tables of %j rows with Zipf exponent %f in %i bytes: all kinds are as good as each alone',
  (sizes, zipf, bytes) => {
    const features = sizes.map((numEmbeddings, t) => ({ name: String(t), numEmbeddings, zipf }));
    const { expectedLoss, gap } = new Planner(features, { embeddingDim: 16, optimizer }).plan(bytes);
    expect(gap).toBe(0);
    for (const { kind } of trainable) {
      const alone = new Planner(features, { embeddingDim: 16, optimizer, kinds: ['dense', kind] });
      if (alone.smallestBytes > bytes) continue;
      expect(expectedLoss, kind).toBeLessThanOrEqual(alone.plan(bytes).expectedLoss);
    }
  },
);

test('outlooks say what the loss is under each assumption, and how much better a plan for it alone would be', () => {
  const features = [
    { name: 'item', numEmbeddings: 200_000 },
    { name: 'user', numEmbeddings: 50_000, zipf: 0.7 },
  ];
  const planner = new Planner(features, { embeddingDim: 16 });
  const { outlooks, expectedLoss } = planner.plan(300_000);
  expect(outlooks.map(({ name }) => name)).toEqual(['shared', 'own', 'drift']);
  for (const { regret, assumes } of outlooks) {
    expect(regret).toBeGreaterThanOrEqual(0);
    expect(assumes).toMatch(/ids/);
  }
  const losses = outlooks.map((outlook) => outlook.expectedLoss);
  expect(Math.min(...losses)).toBeLessThan(expectedLoss);
  expect(Math.max(...losses)).toBeGreaterThan(expectedLoss);
  const given = new Planner(features, { embeddingDim: 16, prior: { structure: 0 } }).plan(300_000).outlooks;
  expect(given).toEqual([expect.objectContaining({ name: 'given', regret: 0 })]);
});
