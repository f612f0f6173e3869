import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCpuBackend } from '@ttrec/backend-cpu';
import type { TensorFile } from '@ttrec/tensor-files';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { buildRunModel, modelFiles, openRun } from '@ttrec/training/run-folder';
import { tableKinds, type TableConfig } from '@ttrec/embeddings';
import { evaluate as evaluateModel } from '@ttrec/training';
import type { TrainConfig } from '@ttrec/training/config';
import { integers, trained } from '@ttrec/test-support';
import { beforeAll, describe, expect, test } from 'vitest';
import { compress } from '../src/commands/compress.ts';
import { evaluate } from '../src/commands/evaluate.ts';
import { exportRun } from '../src/commands/export.ts';
import { openRunData } from '../src/run/open-run-data.ts';
import { temporaryFolder } from './command.ts';
import { listeningOutput, recordOf, records, trainIn } from './in-process.ts';
import { tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const dense: TableConfig = { kind: 'dense' };

/** The metrics that `ttrec evaluate` prints. */
async function evaluated(run: string, backend?: 'cpu'): Promise<unknown> {
  const flags = backend === undefined ? {} : { backend };
  return (await recordOf((json) => evaluate(run, { ...json, ...flags })))['test'];
}

async function savedWeights<Result>(
  run: string,
  use: (file: TensorFile) => Promise<Result>,
): Promise<Result> {
  const checkpoint = await loadCheckpoint(run, 'best');
  try {
    return await use(await checkpoint.tensors(modelFiles.weights));
  } finally {
    await checkpoint.close();
  }
}

function configOf(table: TableConfig): TrainConfig {
  return tinyTrainConfig({
    model: { tables: { byName: { C2: table } } },
    training: { learningRate: 0.1, optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'sgd' } } },
  });
}

test('every kind of table is among those below', () => {
  const text = JSON.stringify([trained, integers]);
  expect(tableKinds.filter((kind) => !text.includes(`"kind":"${kind}"`))).toEqual([]);
});

describe.each(Object.entries(trained))('%s', (name, table) => {
  test('trains, and is evaluated from its checkpoint as it was at the end', async () => {
    const run = join(folder, name);
    const outcome = await trainIn(run, configOf(table));
    const { final } = outcome as Extract<typeof outcome, { interrupted: false }>;
    expect(await evaluated(run)).toEqual(final.test);
    expect(await unmoved(run)).toEqual([]);
    if (table.kind !== 'cached') return;
    const caches = records(run).flatMap((record) => (record.type === 'train' ? [record.caches!.C2!] : []));
    expect(caches.reduce((sum, { refreshes }) => sum + refreshes, 0)).toBeGreaterThan(2);
    expect(caches.reduce((sum, { hits }) => sum + hits, 0)).toBeGreaterThan(0);
  });
});

/** Saved tensors of table C2 that are as they began. */
async function unmoved(run: string): Promise<string[]> {
  const { config, files, ...rest } = await openRun(run);
  const dataset = await openRunData({ config, files, ...rest }, listeningOutput());
  const backend = createCpuBackend();
  const model = buildRunModel(backend, config, dataset);
  const tensors = model
    .state()
    .filter(({ name, role, dtype }) => name.startsWith('table.C2.') && role === 'model' && dtype !== 'U32');
  expect(tensors.length).toBeGreaterThan(0);
  const same = await savedWeights(run, async (file) => {
    const found: string[] = [];
    for (const { name, data } of tensors) {
      const [before, after] = [await data(), await file.read(name)];
      if (String(before) === String(after)) found.push(name);
    }
    return found;
  });
  await backend.dispose();
  return same;
}

describe('a dense table', () => {
  const run = join(folder, 'to-compress');

  beforeAll(async () => {
    await trainIn(run, configOf(dense));
  });

  test.each(Object.entries(integers))('is compressed to %s, evaluated and exported', async (name, table) => {
    const out = join(folder, name);
    const record = await recordOf((json) =>
      compress(run, { ...json, table: 'C2', config: table, out, backend: 'cpu' }),
    );
    expect(record).toMatchObject({ runFolder: out, table: 'C2', config: table });
    // To the last bit, for the same kernels sum the same numbers in the same order.
    expect(await evaluated(out, 'cpu')).toMatchObject(await testedInFloats(out));
    expect(await evaluated(out)).not.toEqual(await evaluated(run));
    const { file, tables } = await recordOf((json) => exportRun(out, { ...json, format: 'onnx' }));
    expect(tables).toBe('stored');
    expect(readFileSync(String(file), 'latin1')).toMatch(/table\.C2\.[\w.]*(weight|core0)\.scale/);
  });
});

/**
 * The oracle of integers: metrics of the same model with float32 in the place of integers, each the integer times its step.
 */
async function testedInFloats(run: string): Promise<object> {
  const opened = await openRun(run);
  const dataset = await openRunData(opened, listeningOutput());
  const { tables } = opened.config.model;
  const byName = { C2: inFloats(tables.byName!.C2!) };
  const config = { ...opened.config, model: { ...opened.config.model, tables: { ...tables, byName } } };
  const backend = createCpuBackend();
  const model = buildRunModel(backend, config, dataset);
  await savedWeights(run, async (file) => {
    for (const { name, weights } of model.parameters) {
      const values = await file.read(name);
      const steps = file.tensors.has(`${name}.scale`) ? await file.read(`${name}.scale`) : undefined;
      const width = weights.cols;
      backend.write(
        weights,
        steps === undefined
          ? (values as Float32Array)
          : Float32Array.from({ length: weights.rows * width }, (_, at) => {
              const [row, column] = [Math.floor(at / width), at % width];
              return Number(steps[row]) * integerAt(values as Int8Array | Uint8Array, row, column, width);
            }),
      );
    }
  });
  const { metrics } = await evaluateModel(model, dataset, 'test');
  await backend.dispose();
  return metrics;
}

/** int8 as it is; of int4, stored as bytes, the low half comes first, and 8 to 15 stand for -8 to -1. */
function integerAt(values: Int8Array | Uint8Array, row: number, column: number, width: number): number {
  if (values instanceof Int8Array) return values[row * width + column]!;
  const byte = values[row * Math.ceil(width / 2) + (column >> 1)]!;
  const half = column % 2 === 0 ? byte % 16 : Math.floor(byte / 16);
  return half < 8 ? half : half - 16;
}

function inFloats(table: TableConfig): TableConfig {
  if (table.kind === 'int8' || table.kind === 'int4') return table.into;
  if (table.kind !== 'hot-cold') return table;
  const { hotTable = dense, cold } = table;
  return { ...table, hotTable: inFloats(hotTable), cold: inFloats(cold) };
}
