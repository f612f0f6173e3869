import { createNativeBackend } from '@ttrec/backend-native';
import { createWasmBackend } from '@ttrec/backend-wasm';
import type { Backend } from '@ttrec/backend';
import type { Dataset } from '@ttrec/data';
import { optimizerRules, stateReader } from '@ttrec/embeddings';
import type { LoadableTensor } from '@ttrec/embeddings/model';
import { evaluate, fit, type FitOptions, type ModelOptions, type TrainingState } from '@ttrec/training';
import { MetricsWindow, type EvaluationRecord, type TrainRecord } from '@ttrec/training/records';
import { createThreadGroup, failWorker, ThreadCommunicator } from '@ttrec/training/workers';
import { refusal } from '@ttrec/test-support';
import { describe, expect, test } from 'vitest';
import { kinds } from './kinds.ts';
import { clicks, modelFor, numbersOf } from './models.ts';
import { settings, together } from './together.ts';

const rows = { train: 75, validation: 40, test: 0 };

interface Trained {
  readonly numbers: Record<string, unknown>;
  readonly records: readonly object[];
}

/** What `workers` models end with, after checking that all of them ended with the same. */
async function trained(workers: number, model: ModelOptions, options: FitOptions = {}): Promise<Trained> {
  const dataset = await clicks(rows);
  const all = await together(workers, async (communicator): Promise<Trained> => {
    const own = modelFor(dataset, model);
    const records: (TrainRecord | EvaluationRecord)[] = [];
    const onRecord = (record: TrainRecord | EvaluationRecord) => void records.push(record);
    await fit(own, dataset, { ...settings, ...options, communicator, onRecord });
    return {
      numbers: await numbersOf(own),
      records: records.map((record) => ({ ...record, samplesPerSecond: 0 })),
    };
  });
  for (const other of all.slice(1)) expect(other).toEqual(all[0]);
  return all[0]!;
}

describe.each(Object.keys(kinds))('tables of kind %s', (kind) => {
  const rules = kind === 'dense' ? optimizerRules : (['adagrad', 'adam'] as const);

  test.each(rules)('and %s: 1, 2, 3 and 4 workers end with the same bits', async (rule) => {
    const optimizer = { embeddings: { rule, l2: 0.01 }, dense: { rule: 'adam' as const } };
    const model = { tables: { default: kinds[kind]! }, optimizer };
    const one = await trained(1, model);
    for (const workers of [2, 3, 4]) expect(await trained(workers, model)).toEqual(one);
    expect(one.records.length).toBe(3 + 2 + 1);
  });
});

test('a wide term, dropout and clipping: the same bits', async () => {
  const model: ModelOptions = {
    wide: true,
    dropout: 0.3,
    optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'ftrl' }, clipNorm: 0.05 },
  };
  expect(await trained(4, model)).toEqual(await trained(1, model));
});

test('one shard a batch is the step of a worker alone, bit for bit', async () => {
  const dataset = await clicks(rows);
  const model = { tables: { default: kinds['cached']! }, dropout: 0.2 };
  const alone = modelFor(dataset, model);
  const whole = { ...settings, shards: undefined };
  await fit(alone, dataset, whole);
  expect((await trained(1, model, { shards: 1 })).numbers).not.toEqual((await trained(1, model)).numbers);
  // Only what is dropped is drawn from another stream.
  const plain = { ...model, dropout: 0 };
  const [inShards, inSteps] = [await trained(1, plain, { shards: 1 }), modelFor(dataset, plain)];
  await fit(inSteps, dataset, whole);
  expect(inShards.numbers).toEqual(await numbersOf(inSteps));
});

test('a run goes on with another number of workers, with the bits of the run that never stopped', async () => {
  const dataset = await clicks(rows);
  const model = { tables: { default: kinds['cached']! } };
  const whole = await trained(1, model);
  let saved: Saved | undefined;
  for (const [workers, steps] of [
    [4, 3],
    [1, 5],
    [2, 7],
  ] as const) {
    const before = saved;
    const all = await together(workers, async (communicator) => {
      const own = modelFor(dataset, model);
      const window = new MetricsWindow();
      if (before) await own.loadState(stateReader(before.tensors));
      if (before) window.add(before);
      let last: Saved | undefined;
      await fit(own, dataset, {
        ...{ ...settings, steps, communicator, window },
        from: before?.state,
        async onCheckpoint(state) {
          const tensors: LoadableTensor[] = [];
          for (const tensor of own.state()) tensors.push({ ...tensor, data: await tensor.data() });
          last = { state, tensors, labels: [...window.contents.labels], logits: [...window.contents.logits] };
        },
      });
      return { last: last!, numbers: await numbersOf(own) };
    });
    saved = all[0]!.last;
    if (steps === 7) for (const { numbers } of all) expect(numbers).toEqual(whole.numbers);
  }
});

/** What a checkpoint holds. */
interface Saved {
  readonly state: TrainingState;
  readonly tensors: readonly LoadableTensor[];
  readonly labels: readonly number[];
  readonly logits: readonly number[];
}

test('with fastReduce all workers end with the same, and with another number only nearly so', async () => {
  const model = { tables: { default: kinds['tt']! } };
  const [shards, fast] = [await trained(2, model), await trained(2, model, { fastReduce: true })];
  expect(fast.numbers).not.toEqual(shards.numbers);
  const numbers = ({ numbers: found }: Trained) =>
    Object.values(found).flatMap((values) => [...(values as Float32Array)]);
  const want = numbers(shards);
  // Seven steps on sums that differ in their last bits.
  numbers(fast).forEach((value, i) => expect(Math.abs(value - want[i]!)).toBeLessThan(1e-4));
});

const engines: [string, () => Promise<Backend>][] = [
  ['wasm', () => createWasmBackend()],
  ['native', () => createNativeBackend()],
];

test.each(engines)('on %s too', async (_, create) => {
  const backend = await create();
  const model = { backend, tables: { default: kinds['tt']! } };
  expect(await trained(3, model)).toEqual(await trained(1, model));
  await backend.dispose();
});

test('metrics are those of all rows, on every worker, which reads its part of them', async () => {
  const dataset = await clicks({ train: 40, validation: 0, test: 5000 });
  const read = [0, 0];
  const counted = (rank: number): Dataset => ({
    ...dataset,
    async *batches(request) {
      for await (const batch of dataset.batches(request)) {
        read[rank]! += batch.size;
        yield batch;
      }
    },
  });
  const model = modelFor(dataset);
  await fit(model, dataset, { steps: 3 });
  const alone = await evaluate(model, dataset, 'test', { rows: 4900 });
  const shared = await together(2, async (communicator, rank) => {
    const own = modelFor(dataset);
    await own.loadState(stateReader(model.state()));
    return evaluate(own, counted(rank), 'test', { rows: 4900, communicator });
  });
  expect(shared).toEqual([alone, alone]);
  // Batches of 2048 in turn.
  expect(read).toEqual([2048 + 904, 2048]);
  const fewer = await together(3, (communicator) =>
    evaluate(modelFor(dataset), dataset, 'test', { rows: 10, communicator }),
  );
  expect(fewer[2]).toEqual(await evaluate(modelFor(dataset), dataset, 'test', { rows: 10 }));
});

test('a signal on one worker stops all after the same step', async () => {
  const dataset = await clicks(rows);
  const steps = await together(3, async (communicator, rank) => {
    const stop = new AbortController();
    const { state, interrupted } = await fit(modelFor(dataset), dataset, {
      ...settings,
      communicator,
      signal: stop.signal,
      onStep: ({ step }) => {
        if (rank === 1 && step === 2) stop.abort();
      },
    });
    return [state.step, interrupted];
  });
  expect(steps).toEqual([
    [3, true],
    [3, true],
    [3, true],
  ]);
});

test('a worker that fails ends the others, which name it', async () => {
  const dataset = await clicks(rows);
  const group = createThreadGroup(3);
  const outcomes = await Promise.allSettled(
    [0, 1, 2].map((rank) =>
      fit(modelFor(dataset), dataset, {
        ...settings,
        communicator: new ThreadCommunicator(group, rank),
        onStep: ({ step }) => {
          if (rank !== 2 || step !== 2) return;
          failWorker(group, rank);
          throw new Error('the disk is on fire');
        },
      }),
    ),
  );
  const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && String(outcome.reason));
  expect(reasons[2]).toContain('the disk is on fire');
  for (const reason of reasons.slice(0, 2))
    expect(reason).toContain('worker 2 of 3: ended before the training did');
});

test('more workers than shards are refused', async () => {
  const dataset = await clicks(rows);
  const communicator = new ThreadCommunicator(createThreadGroup(3), 0);
  await expect(fit(modelFor(dataset), dataset, { shards: 2, communicator })).rejects.toEqual(
    refusal('training/too-few-shards', 'must be at most the shards of a batch, 2, got 3'),
  );
});

test('messages of any length reach every worker as they were, and sums are taken in the order of the ranks', async () => {
  const results = await together(3, async (communicator, rank) => {
    const own = Float32Array.from({ length: 1000 * rank }, (_, i) => rank + i);
    // What is received is valid until the next operation.
    const gathered = (await communicator.allgatherv(own)).map((part) => part.slice());
    const parts = [0, 1, 2].map((to) => new Float64Array(to).fill(10 * rank + to));
    const exchanged = (await communicator.alltoallv(parts)).map((part) => part.slice());
    const shared = Uint32Array.of(rank, 7);
    await communicator.broadcast(shared, 2);
    const sum = Float64Array.of(rank, 1);
    await communicator.allreduce(sum, 'sum');
    const most = Uint32Array.of(rank);
    await communicator.allreduce(most, 'max');
    await communicator.barrier();
    return { gathered: gathered.map((part) => [part.length, part.at(-1)]), exchanged, shared, sum, most };
  });
  results.forEach(({ gathered, exchanged, shared, sum, most }, rank) => {
    expect(gathered).toEqual([
      [0, undefined],
      [1000, 1000],
      [2000, 2001],
    ]);
    expect(exchanged).toEqual([0, 1, 2].map((from) => new Float64Array(rank).fill(10 * from + rank)));
    expect([...shared]).toEqual([2, 7]);
    expect([...sum]).toEqual([3, 3]);
    expect([...most]).toEqual([2]);
  });
});
