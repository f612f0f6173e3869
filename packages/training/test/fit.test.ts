import { stateReader, type StateReader } from '@ttrec/embeddings';
import { bestPossible, evaluate, fit, type FitOptions, type TrainingState } from '@ttrec/training';
import { MetricsWindow, type EvaluationRecord, type TrainRecord } from '@ttrec/training/records';
import { refusal } from '@ttrec/test-support';
import { describe, expect, test } from 'vitest';
import { clicks, modelFor, numbersOf } from './models.ts';

const timeless = (records: readonly object[]) =>
  records.map((record) => ({ ...record, samplesPerSecond: 0 }));

test('by default a model trains for one epoch, and what it learns shows on held-out rows', async () => {
  const dataset = await clicks({ train: 6400, test: 1000 });
  const model = modelFor(dataset);
  const before = (await evaluate(model, dataset)).metrics;
  const { state, interrupted } = await fit(model, dataset, { learningRate: 0.05 });
  expect(state).toMatchObject({ step: 50, epoch: 1, batchInEpoch: 0, samples: 6400 });
  expect(interrupted).toBe(false);
  const after = (await evaluate(model, dataset)).metrics;
  // An untrained model predicts the base rate.
  expect(after.logLoss!).toBeLessThan(before.logLoss! - 0.01);
});

test('training that goes on from what a checkpoint saved is the training that never stopped, bit for bit', async () => {
  const dataset = await clicks();
  const tables = {
    default: { kind: 'cached', rows: 3, into: { kind: 'tt', ranks: 2 }, refreshEvery: 3 },
  } as const;
  const learningRate = { kind: 'cosine', rate: 0.05, steps: 26, warmup: 4 } as const;
  const settings = { batchSize: 16, learningRate, logEvery: 6, evaluateEvery: 4, steps: 26 } as const;
  const [whole, first, second] = [1, 2, 3].map(() => modelFor(dataset, { tables }));
  const [expected, got]: (TrainRecord | EvaluationRecord)[][] = [[], []];
  await fit(whole!, dataset, { ...settings, onRecord: (record) => void expected!.push(record) });

  const stop = new AbortController();
  const window = new MetricsWindow();
  const resumed = new MetricsWindow();
  let saved: { state: TrainingState; reader: StateReader } | undefined;
  const { interrupted } = await fit(first!, dataset, {
    ...settings,
    window,
    signal: stop.signal,
    onStep: ({ step }) => {
      if (step === 9) stop.abort();
    },
    async onCheckpoint(state) {
      const tensors = [];
      for (const { data, ...tensor } of first!.state()) tensors.push({ ...tensor, data: await data() });
      saved = { state, reader: stateReader(tensors) };
      if (stop.signal.aborted) resumed.add(window.contents);
    },
    onRecord: (record) => {
      if (record.step < 9) got!.push(record);
    },
  });
  expect([interrupted, saved!.state.step, resumed.rows]).toEqual([true, 9, 3 * 16]);
  await second!.loadState(saved!.reader);
  const from = saved!.state;
  await fit(second!, dataset, {
    ...settings,
    from,
    window: resumed,
    onRecord: (record) => void got!.push(record),
  });
  expect(await numbersOf(second!)).toEqual(await numbersOf(whole!));
  expect(timeless(got!)).toEqual(timeless(expected!));
});

test('callbacks come in order: step, records, checkpoint; each is waited for', async () => {
  const dataset = await clicks();
  const said: string[] = [];
  const say = async (text: string) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    said.push(text);
  };
  await fit(modelFor(dataset), dataset, {
    batchSize: 16,
    steps: 4,
    logEvery: 2,
    evaluateEvery: 2,
    checkpointEvery: 3,
    onStep: ({ step }) => say(`step ${step}`),
    onRecord: ({ type, step }) => say(`${type} ${step}`),
    onCheckpoint: ({ step }, { best }) => say(`checkpoint ${step}${best ? ', the best' : ''}`),
  });
  const bests = said.filter((text) => text.endsWith('the best')).length;
  expect(bests).toBeGreaterThan(0);
  expect(said.map((text) => text.replace(', the best', ''))).toEqual([
    'step 1',
    'step 2',
    'train 2',
    'validation 2',
    'checkpoint 2',
    'step 3',
    'checkpoint 3',
    'step 4',
    'train 4',
    'validation 4',
    'checkpoint 4',
  ]);
});

test('the learning rate is that of the step, counted from 0', async () => {
  const dataset = await clicks();
  const model = modelFor(dataset);
  const rates: number[] = [];
  const trainStep = model.trainStep.bind(model);
  model.trainStep = (batch, options) => {
    rates.push(options.learningRate as number);
    return trainStep(batch, options);
  };
  const options = { batchSize: 16, learningRate: (step: number) => 0.01 * (step + 1) };
  const { state } = await fit(model, dataset, { ...options, steps: 2 });
  await fit(model, dataset, { ...options, steps: 4, from: state });
  expect(rates).toEqual([0.01, 0.02, 0.03, 0.04]);
});

test('a loss that is not finite ends training, naming the step and the rate', async () => {
  const dataset = await clicks();
  const training = fit(
    modelFor(dataset, { optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } } }),
    dataset,
    {
      batchSize: 16,
      learningRate: 1e30,
    },
  );
  await expect(training).rejects.toEqual(refusal('training/loss-not-finite', 'step ', 'now 1e+30'));
});

test.each<[object, string, ...string[]]>([
  [{ batchsize: 16 }, 'unknown-option', 'fit', 'got batchsize', 'batchSize'],
  [{ batchSize: 0 }, 'bad-option', 'fit, batchSize: must be an integer from 1, got 0'],
  [{ epochs: 1.5 }, 'bad-option', 'fit, epochs', 'got 1.5'],
  [{ steps: Number.NaN }, 'bad-option', 'fit, steps', 'got NaN'],
  [{ learningRate: { kind: 'cos', rate: 1, steps: 2 } }, 'bad-schedule', 'cosine, linear, steps, got cos'],
])('%j is refused before the first step', async (options, code, ...words) => {
  const dataset = await clicks();
  const model = modelFor(dataset);
  const before = await numbersOf(model);
  await expect(fit(model, dataset, options as FitOptions)).rejects.toEqual(
    refusal(`training/${code}`, ...words),
  );
  expect(await numbersOf(model)).toEqual(before);
});

describe('evaluation', () => {
  test('of the first rows alone scores so many, whatever the batches are', async () => {
    const dataset = await clicks({ test: 5000 });
    const model = modelFor(dataset);
    for (const rows of [1, 100, 2048, 2049, 4999, 5000, 9000]) {
      expect((await evaluate(model, dataset, 'test', { rows })).metrics.rows).toBe(Math.min(rows, 5000));
    }
    expect((await evaluate(model, dataset, 'test')).bestPossible).toEqual(
      await bestPossible(dataset, 'test'),
    );
  });

  test('of a split without rows is refused', async () => {
    const dataset = await clicks({ validation: 0 });
    await expect(evaluate(modelFor(dataset), dataset, 'validation')).rejects.toEqual(
      refusal('training/empty-split', 'split "validation"', 'got 0'),
    );
    expect(await bestPossible(dataset, 'validation')).toBeUndefined();
  });
});

test('patience ends training after so many evaluations without a lower log-loss, in a resumed run at the same step', async () => {
  const dataset = await clicks();
  // At this rate the model overfits at once.
  const settings = { batchSize: 16, learningRate: 2, evaluateEvery: 2, steps: 60, patience: 3 } as const;
  const records: EvaluationRecord[] = [];
  const whole = await fit(modelFor(dataset), dataset, {
    ...settings,
    onRecord: (record) => {
      if (record.type === 'validation') records.push(record);
    },
  });
  expect(whole).toMatchObject({ interrupted: false, stoppedEarly: true });
  expect(records.slice(-3).map(({ best }) => best)).toEqual([false, false, false]);
  expect(records.findLast(({ best }) => best)!.step).toBe(whole.state.best!.step);
  expect(whole.state.step).toBe(whole.state.best!.step + 6);

  const model = modelFor(dataset);
  const stop = new AbortController();
  const first = await fit(model, dataset, {
    ...settings,
    signal: stop.signal,
    onStep: ({ step }) => {
      if (step === whole.state.step - 3) stop.abort();
    },
  });
  expect(first).toMatchObject({ interrupted: true, stoppedEarly: false });
  const rest = await fit(model, dataset, { ...settings, from: first.state });
  expect(rest.state).toMatchObject({ step: whole.state.step, best: whole.state.best });
});
