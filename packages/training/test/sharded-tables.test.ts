import type { Backend } from '@ttrec/backend';
import { createNativeBackend } from '@ttrec/backend-native';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { RandomStream } from '@ttrec/core';
import { openDataset, type Batch, type Dataset } from '@ttrec/data';
import { Dlrm } from '@ttrec/dlrm';
import { optimizerRules } from '@ttrec/embeddings';
import { TableSharding } from '@ttrec/embeddings/model';
import { temporaryFolder } from '@ttrec/test-support';
import { evaluate, fit, initialState, modelConfig, type ModelOptions } from '@ttrec/training';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { MetricsWindow, type EvaluationRecord, type TrainRecord } from '@ttrec/training/records';
import {
  modelFiles,
  restoreModelCheckpoint,
  saveModelCheckpoint,
  trainedWith,
} from '@ttrec/training/run-folder';
import { followState, leadState, WorkerGroup, type Communicator } from '@ttrec/training/workers';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clicks, numbersOf } from './models.ts';
import { settings, together } from './together.ts';

/** Clicks whose bags have 0 to 4 ids, many of them twice; which, the numbers of a row say. */
async function bagsOfClicks(): Promise<Dataset> {
  const dataset = await clicks({ train: 75, validation: 40, test: 10 });
  return {
    ...dataset,
    async *batches(request) {
      for await (const batch of dataset.batches(request)) yield withBags(batch);
    },
  };
}

function withBags(batch: Batch): Batch {
  const columns = batch.dense.length / Math.max(1, batch.size);
  const features = batch.features.map(({ indices }) => {
    const [offsets, drawn] = [new Uint32Array(batch.size + 1), [] as number[]];
    for (let row = 0; row < batch.size; row++) {
      const stream = new RandomStream(5, String(batch.dense[row * columns]));
      const id = indices[row]!;
      const bag = Array.from({ length: stream.nextInteger(5) }, () => id >>> stream.nextInteger(3));
      drawn.push(...bag);
      offsets[row + 1] = drawn.length;
    }
    return { indices: Uint32Array.from(drawn), offsets };
  });
  return { ...batch, features };
}

function shardedModel(
  dataset: Dataset,
  { backend = createCpuBackend(), ...options }: TestModel,
  communicator: Communicator | undefined,
  tables: readonly string[],
): Dlrm {
  const small = { embeddingDim: 4, bottomMlp: [8], topMlp: [8], seed: 3 };
  const config = modelConfig(dataset, { ...small, ...options });
  const sharding = communicator && new TableSharding({ ...pick(communicator), tables });
  return new Dlrm({ backend, ...config, ...(sharding && { sharding }) });
}

type TestModel = ModelOptions & { readonly backend?: Backend };

function pick({ rank, size }: Communicator): { readonly rank: number; readonly size: number } {
  return { rank, size };
}

/** The numbers of a model, on the first worker; the others help. */
async function sharedNumbers(
  model: Dlrm,
  communicator: Communicator,
): Promise<Record<string, unknown> | undefined> {
  const workers = new WorkerGroup(communicator);
  if (communicator.rank === 0) return leadState(model, workers, () => numbersOf(model));
  await followState(model, workers);
  return undefined;
}

interface Trained {
  readonly numbers: Record<string, unknown>;
  readonly records: readonly object[];
  readonly evaluation: unknown;
}

async function trained(
  dataset: Dataset,
  model: TestModel,
  { workers, tables }: { readonly workers: number; readonly tables: readonly string[] },
): Promise<Trained> {
  const all = await together(workers, async (communicator) => {
    const own = shardedModel(dataset, model, communicator, tables);
    const records: (TrainRecord | EvaluationRecord)[] = [];
    const onRecord = (record: TrainRecord | EvaluationRecord) => void records.push(record);
    await fit(own, dataset, { ...settings, communicator, onRecord });
    const evaluation = await evaluate(own, dataset, 'test', { communicator });
    return {
      numbers: await sharedNumbers(own, communicator),
      records: records.map((record) => ({ ...record, samplesPerSecond: 0 })),
      evaluation,
    };
  });
  for (const { records, evaluation } of all.slice(1))
    expect({ records, evaluation }).toEqual({ records: all[0]!.records, evaluation: all[0]!.evaluation });
  return all[0] as Trained;
}

const names = (dataset: Dataset) => dataset.schema.features.map(({ table }) => table);

describe.each(optimizerRules)('tables in rows of 1, 2, 3 and 4 workers, with %s', (rule) => {
  test.each([
    [
      'a penalty',
      { optimizer: { embeddings: { rule, l2: rule === 'ftrl' ? 0 : 0.01 }, dense: { rule: 'adam' } } },
    ],
    [
      'clipping, means, a wide term and dropout',
      {
        optimizer: { embeddings: { rule }, dense: { rule: 'sgd' }, clipNorm: 0.05 },
        pooling: 'mean',
        wide: true,
        dropout: 0.2,
      },
    ],
  ] as const)('%s: the bits of tables that every worker has', async (_, model) => {
    const dataset = await bagsOfClicks();
    const whole = await trained(dataset, model, { workers: 1, tables: [] });
    const all = names(dataset);
    for (const [workers, tables] of [
      [1, all],
      [2, all],
      [3, all.slice(0, 1)],
      [4, all],
    ] as const)
      expect(await trained(dataset, model, { workers, tables })).toEqual(whole);
  });
});

const engines: [string, () => Promise<Backend>][] = [
  ['wasm', () => createWasmBackend()],
  ['native', () => createNativeBackend()],
];

test.each(engines)(
  'on %s too, where tables are divided on some runs of the same checkpoints',
  async (_, create) => {
    const backend = await create();
    const dataset = await bagsOfClicks();
    const model = {
      backend,
      wide: true,
      optimizer: { embeddings: { rule: 'adam' }, dense: { rule: 'adam' } },
    } as const;
    const whole = await trained(dataset, model, { workers: 1, tables: [] });
    expect(await trained(dataset, model, { workers: 3, tables: names(dataset) })).toEqual(whole);
    await backend.dispose();
  },
);

test('a checkpoint of a table in several pieces has the bytes of one worker, and loads on another number', async () => {
  const folder = await temporaryFolder();
  // More than 2^22 numbers, which are a piece.
  const cardinalities = [2 ** 20 + 4099, 3];
  const rows = { train: 8, validation: 4, test: 4 };
  const backend = await createNativeBackend();
  const data = { format: 'synthetic', rows, cardinalities, dense: 1 } as const;
  const dataset = await openDataset(data, { seed: 3 });
  const trainConfig = parseConfig(trainConfigSchema, { name: 'pieces', data }, 'pieces.json');
  const sgd = { optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } } } as const;
  const state = { ...initialState, step: 1 };
  const found = { config: trainConfig, encoding: undefined, data: dataset };
  const digests: string[] = [];
  for (const [run, workers] of [1, 3, 2].entries()) {
    const at = join(folder, String(run));
    await together(workers, async (communicator) => {
      const group = new WorkerGroup(communicator);
      // Of another seed, so that what is loaded is not what was there.
      const options = { ...sgd, backend, seed: run };
      const own = shardedModel(dataset, options, workers > 1 ? communicator : undefined, names(dataset));
      const lead = async () => {
        const from = { folder: join(folder, String(run - 1)), name: 'latest', model: own, found };
        if (run > 0) await restoreModelCheckpoint(from);
        const window = new MetricsWindow();
        const saved = { folder: at, model: own, state, window, best: true };
        await saveModelCheckpoint({ ...saved, trainedWith: trainedWith(trainConfig, dataset) });
      };
      if (communicator.rank === 0) await leadState(own, group, lead);
      else await followState(own, group);
      own.dispose();
    });
    const checkpoint = await loadCheckpoint(at);
    const bytes = readFileSync(join(checkpoint.path, modelFiles.weights));
    digests.push(createHash('sha256').update(bytes).digest('hex'));
    await checkpoint.close();
  }
  expect(digests).toEqual([digests[0], digests[0], digests[0]]);
  await backend.dispose();
});

test.each([
  [1e-30, ['C3', 'C1', 'C2']],
  [0.02, []],
])('at a rate of %d, the tables told of as not training are %j', async (learningRate, expected) => {
  const dataset = await clicks();
  const told = await together(2, async (communicator) => {
    const names: string[] = [];
    await fit(shardedModel(dataset, {}, communicator, ['C1', 'C2']), dataset, {
      ...{ batchSize: 8, epochs: 1, learningRate, communicator },
      onDeadTables: (tables) => void names.push(...tables),
    });
    return names;
  });
  expect(told).toEqual([expected, expected]);
});
