import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openRanker } from 'ttrec';
import { openTensors } from '@ttrec/tensor-files';
import { openModel } from '@ttrec/training/run-folder';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { beforeAll, expect, test } from 'vitest';
import { exportRun, type ExportFlags } from '../src/commands/export.ts';
import { temporaryFolder } from './command.ts';
import { recordOf, trainIn } from './in-process.ts';
import { tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const exported = (flags: Partial<ExportFlags>) =>
  recordOf((json) => exportRun(run, { format: 'model', ...flags, ...json }));
const rows = Array.from({ length: 50 }, (_, i) => ({
  I1: i / 50,
  I2: -i,
  I3: 0.5,
  C1: i,
  C2: 4 * i,
  C3: i % 7,
}));

async function logitsOf(source: string): Promise<Float64Array> {
  await using ranker = await openRanker(source, { backend: 'cpu' });
  return (await ranker.score(rows)).logits;
}

beforeAll(async () => {
  await trainIn(run, tinyTrainConfig({ model: { tables: { default: { kind: 'tt', ranks: 2 } } } }));
});

test('one file, from which the scores of the run come, also for rows of ids', async () => {
  const { file, bytes, step } = await exported({});
  expect(file).toBe(join(run, 'model.ttrec.safetensors'));
  expect(bytes).toBe(statSync(String(file)).size);
  const logits = await logitsOf(String(file));
  expect(logits).toEqual(await logitsOf(run));
  expect(new Set(logits).size).toBe(50);
  await using ranker = await openRanker(String(file), { backend: 'cpu' });
  expect(ranker.step).toBe(step);
  const bad = ranker.score([{ ...rows[0]!, C1: 50 }]);
  await expect(bad).rejects.toThrow('row 0, column C1: must be an id from 0 to 49, got 50');
});

test('several files and their index', async () => {
  const out = join(folder, 'split.safetensors.index.json');
  await exported({ maxFileSize: 500, out });
  expect(readdirSync(folder).filter((name) => name.startsWith('split-')).length).toBeGreaterThan(1);
  expect(await logitsOf(out)).toEqual(await logitsOf(run));
});

test('with --training, optimizer state', async () => {
  const out = join(folder, 'whole.safetensors');
  await exported({ training: true, out });
  const { model } = await openModel(out, { backend: createCpuBackend() });
  expect(model.state().some(({ role }) => role === 'training')).toBe(true);
  expect(statSync(out).size).toBeGreaterThan(statSync(join(run, 'model.ttrec.safetensors')).size);
});

test('one table, for PyTorch and ONNX', async () => {
  const torch = await exported({ format: 'torch', table: 'C2' });
  expect(torch).toMatchObject({ table: 'C2', file: join(run, 'C2.pt') });
  const state = await openTensors(String(torch['file']));
  await state.close();
  expect([...state.tensors.keys()]).toEqual(['tt_cores.0', 'tt_cores.1', 'tt_cores.2']);
  const dense = await exported({ format: 'safetensors', table: 'C1', tables: 'dense' });
  const rows = await openTensors(String(dense['file']));
  await rows.close();
  expect(rows.tensors.get('weight')?.shape).toEqual([50, 4]);
  const onnx = await exported({ format: 'onnx', table: 'C2' });
  expect(statSync(String(onnx['file'])).size).toBeGreaterThan(500);
  await expect(exported({ format: 'onnx', table: 'C9' })).rejects.toMatchObject({
    code: 'embeddings/unknown-table',
  });
});

test.each<[Partial<ExportFlags>, string, RegExp]>([
  [{ table: 'C1' }, 'trainer/option-of-another-format', /--table: must go with onnx, safetensors or torch/],
  [
    { tables: 'dense' },
    'trainer/option-of-another-format',
    /--tables: must go with onnx, safetensors or torch, got --format model/,
  ],
  [
    { format: 'onnx', training: true },
    'trainer/option-of-another-format',
    /--training: must go with model, got --format onnx/,
  ],
  [
    { format: 'torch', maxFileSize: 9 },
    'trainer/option-of-another-format',
    /--max-file-size: must go with model/,
  ],
  [
    { maxFileSize: 9, out: join(folder, 'a.safetensors') },
    'trainer/not-an-index',
    /--out: must end with \.safetensors\.index\.json/,
  ],
])('refuses %j', async (flags, code, message) => {
  await expect(exported(flags)).rejects.toThrow(message);
  await expect(exported(flags)).rejects.toMatchObject({ code });
  expect(existsSync(join(folder, 'a.safetensors'))).toBe(false);
});
