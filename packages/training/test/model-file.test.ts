import { createCpuBackend } from '@ttrec/backend-cpu';
import { streamSafetensors, writeFileAtomic } from '@ttrec/tensor-files';
import { Dlrm, type DlrmConfig, type LabelledBatch } from '@ttrec/dlrm';
import { loadModel, saveModel } from '@ttrec/training/run-folder';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'model-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tt = { kind: 'tt', ranks: 2 } as const;
const config: DlrmConfig = {
  denseFeatures: 2,
  embeddingDim: 4,
  tables: [
    {
      name: 'user',
      numEmbeddings: 50,
      config: { kind: 'cached', rows: 3, warmUp: 2, refreshEvery: 2, into: tt },
    },
    { name: 'item', numEmbeddings: 20, config: { ...tt, prefixTable: true } },
  ],
  features: ['user', 'item'],
  bottomMlp: [],
  topMlp: [5],
  interaction: { kind: 'dot' },
  optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
  seed: 3,
};

function batchOf(step: number): LabelledBatch {
  const offsets = Uint32Array.of(0, 1, 2, 4);
  const ids = (rows: number) => Uint32Array.of(step % rows, 7, 7, (3 * step) % rows);
  return {
    size: 3,
    dense: Float32Array.from({ length: 6 }, (_, i) => Math.sin(step + i)),
    features: [
      { indices: ids(50), offsets },
      { indices: ids(20), offsets },
    ],
    labels: Float32Array.of(step % 2, 1, 0),
  };
}

async function lossesOf(model: Dlrm, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = from; step < to; step++)
    losses.push((await model.trainStep(batchOf(step), { learningRate: 0.1 })).loss);
  return losses;
}

test('a model is saved, loaded, and trained on to the bit; weights alone predict the same', async () => {
  const [whole, weights] = [join(folder, 'whole.safetensors'), join(folder, 'weights.safetensors')];
  const model = new Dlrm({ backend: createCpuBackend(), ...config });
  await lossesOf(model, 0, 7);
  await saveModel(model, whole, { training: true });
  await saveModel(model, weights);
  const predicted = await model.predict(batchOf(9));
  for (const path of [whole, weights])
    expect(await (await loadModel(path, { backend: createCpuBackend() })).predict(batchOf(9))).toEqual(
      predicted,
    );
  const again = await loadModel(whole, { backend: createCpuBackend() });
  expect(await lossesOf(again, 7, 20)).toEqual(await lossesOf(model, 7, 20));
});

test('a file of something else is refused', async () => {
  const path = join(folder, 'other.safetensors');
  await writeFileAtomic(path, streamSafetensors([], { format: 'pt' }));
  await expect(loadModel(path, { backend: createCpuBackend() })).rejects.toMatchObject({
    code: 'training/not-a-model',
    message: `[training] ${path}: the metadata must have the format ttrec-model-1 and a config, got pt. saveModel and encodeModel write such files.`,
  });
});

test.each([
  ['null', 'metadata config: must be an object, got null.'],
  ['{}', 'metadata config, tables: must be a list, got undefined.'],
  ['{"tables":[],"tables":[]}', 'metadata config, tables: must have each key once, got "tables" twice.'],
  ['{"tables"', 'metadata config: must be JSON, got a syntax error: '],
])('the config %s in a model file is refused', async (config, words) => {
  const path = join(folder, 'bad-config.safetensors');
  await writeFileAtomic(path, streamSafetensors([], { format: 'ttrec-model-1', config }));
  await expect(loadModel(path, { backend: createCpuBackend() })).rejects.toMatchObject({
    code: 'training/not-a-model',
    message: expect.stringContaining(`${path}, ${words}`) as string,
  });
});
