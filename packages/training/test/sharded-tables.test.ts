import { RandomStream } from '@ttrec/core';
import type { Batch, Dataset } from '@ttrec/data';
import { Dlrm } from '@ttrec/dlrm';
import { optimizerRules } from '@ttrec/embeddings';
import { TableSharding } from '@ttrec/embeddings/model';
import { evaluate, fit, modelConfig, type ModelOptions } from '@ttrec/training';
import type { EvaluationRecord, TrainRecord } from '@ttrec/training/records';
import { followState, leadState, WorkerGroup, type Communicator } from '@ttrec/training/workers';
import { createCpuBackend } from '@ttrec/backend-cpu';
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
  options: ModelOptions,
  communicator: Communicator | undefined,
  tables: readonly string[],
): Dlrm {
  const small = { embeddingDim: 4, bottomMlp: [8], topMlp: [8], seed: 3 };
  const config = modelConfig(dataset, { ...small, ...options });
  const sharding = communicator && new TableSharding({ ...pick(communicator), tables });
  return new Dlrm({ backend: createCpuBackend(), ...config, ...(sharding && { sharding }) });
}

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
  model: ModelOptions,
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
