import { createCpuBackend } from '@ttrec/backend-cpu';
import { streamSafetensors, streamTorch, writeFileAtomic } from '@ttrec/tensor-files';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { scaledError } from '@ttrec/golden';
import { torchState } from '@ttrec/interop';
import { pythonWith, runPython } from '@ttrec/python';
import { RandomStream } from '@ttrec/core';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { randomBatch, trained } from './small-model.ts';

const config: DlrmConfig = {
  denseFeatures: 3,
  embeddingDim: 8,
  tables: [
    {
      name: 'user',
      numEmbeddings: 50,
      config: { kind: 'tt', ranks: [3, 2], rowShape: [4, 4, 4], colShape: [2, 2, 2] },
    },
    { name: 'item', numEmbeddings: 20, config: { kind: 'dense' } },
  ],
  features: ['user', 'item'],
  bottomMlp: [5],
  topMlp: [6, 4],
  interaction: { kind: 'dot' },
  optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
  seed: 5,
};

/** What the program needs beside the state dict: the shapes, for a state dict has no modules, and a batch. */
const shapes = {
  dim: 8,
  bottom: [3, 5, 8],
  top: [8 + 3, 6, 4, 1],
  tables: [{ row_shape: [4, 4, 4], col_shape: [2, 2, 2], ranks: [1, 3, 2, 1] }, 20],
};

/** Both in float32, over some ten layers and products: 1e-5 of the largest value is some 80 roundings. */
const TOLERANCE = 1e-5;

const python = pythonWith('torch', 'numpy');

test.skipIf(python === undefined)(
  'PyTorch loads every parameter by its name, strictly, and predicts the same, from each format and with tables made dense',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ttrec-interop-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const backend = createCpuBackend();
    const model = await trained(backend, config);
    const batch = randomBatch(config, 16, new RandomStream(9, 'test/pytorch'));
    const expected = await model.predict(batch);
    const program = await readFile(join(import.meta.dirname, 'reference_dlrm.py'), 'utf8');
    const predict = async (file: string, tables: unknown) => {
      const bags = batch.features.map(({ indices, offsets }) => ({
        indices: [...indices],
        offsets: [...offsets],
      }));
      const dense = Array.from({ length: 16 }, (_, b) => [...batch.dense.subarray(3 * b, 3 * b + 3)]);
      await writeFile(join(folder, 'config.json'), JSON.stringify({ ...shapes, tables, bags, dense }));
      return JSON.parse(
        runPython(python!, program, join(folder, file), join(folder, 'config.json')),
      ) as number[];
    };
    await writeFileAtomic(join(folder, 'stored.pt'), streamTorch(torchState(model)));
    expect(scaledError(await predict('stored.pt', shapes.tables), expected)).toBeLessThan(TOLERANCE);
    await writeFileAtomic(join(folder, 'stored.safetensors'), streamSafetensors(torchState(model)));
    expect(scaledError(await predict('stored.safetensors', shapes.tables), expected)).toBeLessThan(TOLERANCE);
    await writeFileAtomic(join(folder, 'dense.pt'), streamTorch(torchState(model, { tables: 'dense' })));
    expect(scaledError(await predict('dense.pt', [50, 20]), expected)).toBeLessThan(TOLERANCE);
    // The comparison can fail: another model's weights predict something else.
    const other = torchState(new Dlrm({ backend, ...config, seed: 6, outputBias: 1 }));
    await writeFileAtomic(join(folder, 'other.pt'), streamTorch(other));
    expect(scaledError(await predict('other.pt', shapes.tables), expected)).toBeGreaterThan(0.01);
  },
);
