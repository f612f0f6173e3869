import { stateReader, type TableConfig } from '@ttrec/embeddings';
import {
  evaluate,
  fit,
  WeightAverage,
  type AveragingConfig,
  type FitOptions,
  type TrainingState,
} from '@ttrec/training';
import { createThreadGroup, ThreadCommunicator } from '@ttrec/training/workers';
import { refusal } from '@ttrec/test-support';
import { describe, expect, test } from 'vitest';
import { clicks, modelFor, numbersOf } from './models.ts';

const settings = { batchSize: 16, steps: 13, learningRate: 0.1, evaluateEvery: 5, logEvery: 5 } as const;
const tables: Readonly<Record<string, TableConfig>> = {
  dense: { kind: 'dense' },
  tt: { kind: 'tt', ranks: 2 },
  'hash of tt': { kind: 'hash', buckets: 11, into: { kind: 'tt', ranks: 2, cores: 2 } },
  'low-rank': { kind: 'low-rank', rank: 2 },
};

/** The weights after each step, by name. */
async function weightsBySteps(model: ReturnType<typeof modelFor>): Promise<Record<string, Float32Array>> {
  const weights = model.state().filter(({ role }) => role === 'model');
  const read = weights.map(async ({ name, data }) => [name, (await data()) as Float32Array] as const);
  return Object.fromEntries(await Promise.all(read));
}

const averagings: readonly (readonly [AveragingConfig, (all: readonly number[]) => number])[] = [
  // Steps 6, 9 and 12.
  [{ kind: 'mean', start: 3, every: 3 }, (w) => (w[5]! + w[8]! + w[11]!) / 3],
  [{ kind: 'ema', decay: 0.8, every: 5 }, (w) => 0.8 * w[4]! + 0.2 * w[9]!],
];

describe.each(Object.entries(tables))('with tables of %s', (_, config) => {
  test.each(averagings)(
    '%j ends with the average of the weights of its steps',
    async (averaging, expected) => {
      const dataset = await clicks();
      const model = modelFor(dataset, { tables: { default: config }, wide: true });
      const seen: Record<string, Float32Array>[] = [];
      const onStep = async () => void seen.push(await weightsBySteps(model));
      await fit(model, dataset, { ...settings, averaging, onStep });
      for (const [name, values] of Object.entries(await weightsBySteps(model))) {
        values.forEach((value, i) =>
          // Three roundings of float32.
          expect(Math.abs(value - expected(seen.map((step) => step[name]![i]!)))).toBeLessThan(1e-6),
        );
      }
    },
  );
});

test('training itself is as without, and evaluations are of the average', async () => {
  const dataset = await clicks();
  const [plain, averaged] = [modelFor(dataset), modelFor(dataset)];
  await fit(plain, dataset, settings);
  const averaging = { kind: 'ema', decay: 0.9, every: 1 } as const;
  const average = new WeightAverage(averaged, averaging);
  const losses: number[] = [];
  let own: Record<string, unknown> | undefined;
  const { state } = await fit(averaged, dataset, {
    ...{ ...settings, averaging, average },
    onRecord: (record) => {
      if (record.type === 'validation') losses.push(record.metrics.logLoss!);
    },
    onCheckpoint: async ({ step }) => {
      if (step === 13) own = await numbersOf(averaged);
    },
  });
  expect(own).toEqual(await numbersOf(plain));
  expect(state.averaged).toBe(13);
  expect(losses).toHaveLength(2);
  const again = modelFor(dataset);
  await fit(again, dataset, { ...settings, steps: 10, averaging });
  expect((await evaluate(again, dataset, 'validation')).metrics.logLoss).toBe(losses[1]);
});

test('training that goes on has the bits of the one that never stopped, with its average', async () => {
  const dataset = await clicks();
  const averaging = { kind: 'mean', start: 2, every: 2 } as const;
  const whole = modelFor(dataset);
  await fit(whole, dataset, { ...settings, averaging });
  const first = modelFor(dataset);
  const average = new WeightAverage(first, averaging);
  let saved: {
    state: TrainingState;
    model: Parameters<typeof stateReader>[0];
    values: Map<string, Float32Array>;
  };
  await fit(first, dataset, {
    ...{ ...settings, steps: 7, averaging, average },
    async onCheckpoint(state) {
      const model = [];
      for (const { data, ...tensor } of first.state()) model.push({ ...tensor, data: await data() });
      const values = new Map([...average.values].map(([name, value]) => [name, value.slice()]));
      saved = { state, model, values };
    },
  });
  const second = modelFor(dataset);
  await second.loadState(stateReader(saved!.model));
  const restored = new WeightAverage(second, averaging);
  const from = saved!.state;
  await expect(fit(second, dataset, { ...settings, averaging, from })).rejects.toEqual(
    refusal(
      'training/bad-option',
      'fit, average: must be the average that was saved with "from", taken 2 times',
    ),
  );
  restored.restore(from.averaged!, saved!.values);
  await fit(second, dataset, { ...settings, averaging, average: restored, from });
  expect(await numbersOf(second)).toEqual(await numbersOf(whole));
});

test('workers average alike', async () => {
  const dataset = await clicks();
  const options: FitOptions = { ...settings, averaging: { kind: 'ema', every: 2 }, shards: 4 };
  const trained = (workers: number) => {
    const group = createThreadGroup(workers);
    return Promise.all(
      Array.from({ length: workers }, async (_, rank) => {
        const model = modelFor(dataset);
        await fit(model, dataset, { ...options, communicator: new ThreadCommunicator(group, rank) });
        return numbersOf(model);
      }),
    );
  };
  const [alone] = await trained(1);
  expect(await trained(2)).toEqual([alone, alone]);
});

test.each<[string, TableConfig]>([
  ['integers', { kind: 'integers', bits: 4 }],
  ['low-rank in integers', { kind: 'low-rank', rank: 2, bits: 8 }],
  ['a cache', { kind: 'cached', rows: 3, into: { kind: 'tt', ranks: 2 } }],
])('tables of %s are refused before the first step', async (_, config) => {
  const dataset = await clicks();
  const model = modelFor(dataset, { tables: { default: config } });
  const before = await numbersOf(model);
  await expect(fit(model, dataset, { ...settings, averaging: { kind: 'mean' } })).rejects.toEqual(
    refusal('training/cannot-average', 'must have only float32 numbers that stay those of their ids'),
  );
  expect(await numbersOf(model)).toEqual(before);
});

test.each<[object, string]>([
  [{ kind: 'swa' }, 'averaging, kind: must be one of mean, ema, got swa'],
  [{ kind: 'mean', decay: 0.9 }, 'averaging, decay: must go with "ema"'],
  [{ kind: 'ema', decay: 1 }, 'averaging, decay: must be from 0 and below 1, got 1'],
  [{ kind: 'mean', every: 0 }, 'averaging, every: must be an integer from 1, got 0'],
  [{ kind: 'mean', start: -1 }, 'averaging, start: must be an integer from 0, got -1'],
  [{ kind: 'mean', start: 13 }, 'averaging, start: must be below the last step of the training, 13, got 13'],
])('%j is refused', async (averaging, words) => {
  const dataset = await clicks();
  await expect(
    fit(modelFor(dataset), dataset, { ...settings, averaging: averaging as never }),
  ).rejects.toEqual(refusal('training/bad-option', words));
});
