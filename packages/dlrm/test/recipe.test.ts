import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig, type LearningRates } from '@ttrec/dlrm';
import { stateReader, type OptimizerConfig } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { mixedModel, sampleBatch } from './small-models.ts';

const optimizerOf = (embeddings: OptimizerConfig, dense: OptimizerConfig) => ({ embeddings, dense });
const adagrad: OptimizerConfig = { rule: 'adagrad' };
const recipes: readonly (readonly [string, Partial<DlrmConfig>])[] = [
  ['adam', { optimizer: optimizerOf({ rule: 'adam' }, { rule: 'adam', beta1: 0.8 }) }],
  ['adam with weight decay', { optimizer: optimizerOf(adagrad, { rule: 'adam', weightDecay: 0.1 }) }],
  ['ftrl', { optimizer: optimizerOf({ rule: 'ftrl', l1: 1e-4, l2: 0.1 }, { rule: 'ftrl' }) }],
  ['an l2 penalty', { optimizer: optimizerOf({ ...adagrad, l2: 0.1 }, { ...adagrad, l2: 0.1 }) }],
  ['clipping', { optimizer: { ...optimizerOf(adagrad, adagrad), clipNorm: 0.01 } }],
  ['dropout', { dropout: 0.5 }],
  [
    'a wide term',
    {
      wide: { default: { kind: 'dense' } },
      optimizer: { ...optimizerOf(adagrad, adagrad), wide: { rule: 'adam', l2: 0.1 } },
    },
  ],
  ['a cross network', { interaction: { kind: 'dcn', layers: 2, rank: 3 } }],
  ['layers that start as those of PyTorch', { mlpInitialisation: 'pytorch' }],
];

function modelWith(change: Partial<DlrmConfig>): Dlrm {
  const tables = mixedModel.tables.filter(({ name }) => name !== 'hash');
  const features = mixedModel.features.filter((name) => name !== 'hashed');
  return new Dlrm({ backend: createCpuBackend(), ...mixedModel, tables, features, ...change });
}

const learningRate = { embeddings: 0.05, dense: 0.02, wide: 0.1 } as const;

async function train(model: Dlrm, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = from; step < to; step++) {
    const batch = sampleBatch(model.config, 9, `step ${step}`);
    losses.push((await model.trainStep(batch, { learningRate })).loss);
  }
  return losses;
}

async function numbersOf(model: Dlrm): Promise<[string, ArrayLike<number>][]> {
  return Promise.all(
    model.state().map(async ({ name, data }) => [name, await data()] as [string, ArrayLike<number>]),
  );
}

describe.each(recipes)('a model with %s', (_, change) => {
  test('goes on from its state as if it had never stopped, bit for bit', async () => {
    using whole = modelWith(change);
    using first = modelWith(change);
    using second = modelWith({ ...change, seed: 7 });
    const losses = await train(whole, 0, 6);
    const before = await train(first, 0, 3);
    await second.loadState(stateReader(first.state()));
    // What is dropped follows from the seed of the config, so that its steps are compared on a model of the same seed.
    using third = modelWith(change);
    await third.loadState(stateReader(second.state()));
    expect([...before, ...(await train(third, 3, 6))]).toEqual(losses);
    expect(await numbersOf(third)).toEqual(await numbersOf(whole));
  });

  test('learns other numbers than the model without', async () => {
    using model = modelWith(change);
    using plain = modelWith({});
    expect(await train(model, 0, 4)).not.toEqual(await train(plain, 0, 4));
  });
});

test('every part trains at its own rate', async () => {
  const change = { wide: { default: { kind: 'dense' } } } as const;
  const moved = async (rates: LearningRates): Promise<Set<string>> => {
    using model = modelWith(change);
    const batch = sampleBatch(model.config, 9);
    // One step for the last layer, which starts at zero, and one for what is behind it.
    for (let step = 0; step < 2; step++)
      await model.trainStep(batch, { learningRate: { embeddings: 0.1, dense: 0.1 } });
    const before = new Map(await numbersOf(model));
    await model.trainStep(batch, { learningRate: rates });
    const after = (await numbersOf(model)).filter(([name]) => !name.endsWith('.sum'));
    return new Set(
      after.flatMap(([name, values]) => (same(values, before.get(name)!) ? [] : [name.split('.')[0]!])),
    );
  };
  expect(await moved({ embeddings: 0.1, dense: 0, wide: 0 })).toEqual(new Set(['table']));
  expect(await moved({ embeddings: 0, dense: 0.1 })).toEqual(new Set(['bottom', 'top']));
  expect(await moved({ embeddings: 0, dense: 0, wide: 0.1 })).toEqual(new Set(['wide']));
});

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => value === b[i]);
}

test('an untrained model with a wide term predicts its output bias, and the step is that of a regression', async () => {
  const wide = { default: { kind: 'dense' } } as const;
  const sgd = { rule: 'sgd' } as const;
  using model = modelWith({ wide, outputBias: -1, optimizer: { embeddings: sgd, dense: sgd } });
  const batch = sampleBatch(model.config, 8);
  const logits = await model.predict(batch, { output: 'logits' });
  expect([...logits]).toEqual(Array.from({ length: 8 }, () => -1));
  await model.trainStep(batch, { learningRate: { embeddings: 0, dense: 0, wide: 0.5 } });
  const weights = new Map(await numbersOf(model));
  // dL/dw of a dense column: the mean of (p - y) · x.
  const p = 1 / (1 + Math.exp(1));
  for (let i = 0; i < model.config.denseFeatures; i++) {
    const gradient = batch.labels.reduce((sum, y, b) => sum + ((p - y) * batch.dense[b * 3 + i]!) / 8, 0);
    // float32 sums of eight terms.
    expect(weights.get('wide.dense')![i]).toBeCloseTo(-0.5 * gradient, 6);
  }
});

test('gradients beyond the norm are scaled to it, all of them together', async () => {
  const sgd = { rule: 'sgd' } as const;
  const distance = async (clipNorm?: number): Promise<number> => {
    using model = modelWith({
      mlpInitialisation: 'pytorch',
      optimizer: { embeddings: sgd, dense: sgd, clipNorm },
    });
    const before = await numbersOf(model);
    await model.trainStep(sampleBatch(model.config, 9), { learningRate: 1 });
    const after = await numbersOf(model);
    const squares = after.flatMap(([, values], k) =>
      Array.from(values, (value, i) => (value - before[k]![1][i]!) ** 2),
    );
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  };
  const free = await distance();
  // SGD at a rate of 1 moves by the gradient: its norm is the distance, up to the rounding of the weights.
  expect(free).toBeGreaterThan(0.02);
  expect(await distance(0.01)).toBeCloseTo(0.01, 4);
  expect(await distance(2 * free)).toBe(free);
});

test('dropout reaches training only, and keeps the mean of what it scales', async () => {
  using model = modelWith({ dropout: 0.5, mlpInitialisation: 'pytorch' });
  using plain = modelWith({ mlpInitialisation: 'pytorch' });
  const batch = sampleBatch(model.config, 64);
  expect(await model.predict(batch)).toEqual(await plain.predict(batch));
  const { logits } = await model.trainStep(batch, { learningRate: 0 });
  const other = await model.trainStep(batch, { learningRate: 0 });
  expect(other.logits).not.toEqual(logits);
});
