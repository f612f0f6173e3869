import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { expect, test } from 'vitest';
import { temporaryFolder, writeConfig } from './command.ts';
import { commandInProcess } from './in-process.ts';

const folder = temporaryFolder();
const rows = Array.from({ length: 200 }, (_, row) => `${row % 2},${row % 23},${row % 31}`);
writeFileSync(join(folder, 'rows.csv'), `y,a,a.b\n${rows.join('\n')}\n`);

/** The names of the tensors of the table "a.b" begin as those of the table "a" do. */
function config(name: string, tables: object): string {
  const data = {
    format: 'csv',
    path: 'rows.csv',
    label: { column: 'y', equals: '1' },
    features: [{ column: 'a' }, { column: 'a.b' }],
    split: { by: 'random', validation: 0.1, test: 0.2 },
  };
  const model = { embeddingDim: 4, topMlp: [4], interaction: { kind: 'cat' }, tables };
  return writeConfig(folder, `${name}.json`, { name, data, model, training: { batchSize: 16, steps: 5 } });
}

async function ttrec(...args: string[]): Promise<void> {
  const { code, stderr } = await commandInProcess(args);
  expect(code, stderr).toBe(0);
}

async function weightOf(run: string, tensor: string): Promise<unknown> {
  const checkpoint = await loadCheckpoint(join(folder, run));
  try {
    return await (await checkpoint.tensors('model.safetensors')).read(tensor);
  } finally {
    await checkpoint.close();
  }
}

test('compressing the table "a" and importing it in another kind leaves the table "a.b" as it was', async () => {
  const run = join(folder, 'run');
  await ttrec('train', config('dense', {}), '--out', run);
  const trained = await weightOf('run', 'table.a.b.weight');

  const tt = '{"kind":"tt","ranks":2}';
  await ttrec('compress', run, '--table', 'a', '--config', tt, '--out', join(folder, 'small'));
  expect(await weightOf('small', 'table.a.b.weight')).toEqual(trained);

  const state = join(folder, 'state.pt');
  await ttrec('export', run, '--format', 'torch', '--out', state);
  const fitted = config('fitted', { byName: { a: { kind: 'tt', ranks: 2 } } });
  await ttrec('import', state, fitted, '--out', join(folder, 'imported'));
  expect(await weightOf('imported', 'table.a.b.weight')).toEqual(trained);
});
