import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTensors } from '@ttrec/checkpoint';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluate } from '../src/commands/evaluate.ts';
import { exportRun, type ExportFlags } from '../src/commands/export.ts';
import { importState, type ImportFlags } from '../src/commands/import.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { recordOf, resumeIn, trainIn } from './in-process.ts';
import { tinyConfig, tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const tt = { kind: 'tt', ranks: 2, rowShape: [5, 5, 8], colShape: [2, 2, 1] };
const hash = { kind: 'hash', buckets: 4, into: { kind: 'dense' } };
const stored = tinyConfig({ model: { tables: { byName: { C2: tt, C3: hash } } } });
const plain = writeConfig(folder, 'plain.json', tinyConfig());

const exported = (from: string, flags: ExportFlags) =>
  recordOf((json) => exportRun(from, { ...flags, ...json }));
const imported = (state: string, config: string, flags: ImportFlags) =>
  recordOf((json) => importState(state, config, { ...flags, ...json }));
const tested = async (from: string) =>
  (await recordOf((json) => evaluate(from, json)))['test'] as Record<string, number>;

async function shapesOf(path: string): Promise<Record<string, readonly number[]>> {
  const file = await openTensors(path);
  await file.close();
  return Object.fromEntries([...file.tensors.values()].map(({ name, shape }) => [name, shape]));
}

const layers = {
  'bot_l.0.weight': [8, 3],
  'bot_l.0.bias': [8],
  'bot_l.2.weight': [4, 8],
  'bot_l.2.bias': [4],
  'top_l.0.weight': [8, 10],
  'top_l.0.bias': [8],
  'top_l.2.weight': [1, 8],
  'top_l.2.bias': [1],
};

beforeAll(async () => {
  await trainIn(run, tinyTrainConfig(stored));
});

describe('export', () => {
  test('for PyTorch: tables as they are stored, or their rows', async () => {
    const torch = await exported(run, { format: 'torch' });
    const file = join(run, 'model.pt');
    expect(torch).toMatchObject({
      type: 'export',
      format: 'torch',
      tables: 'stored',
      file,
      bytes: statSync(file).size,
    });
    expect(await shapesOf(file)).toEqual({
      'emb_l.0.weight': [50, 4],
      'emb_l.1.tt_cores.0': [1, 5, 4],
      'emb_l.1.tt_cores.1': [1, 5, 8],
      'emb_l.1.tt_cores.2': [1, 8, 2],
      'emb_l.2.weight': [4, 4],
      ...layers,
    });
    const out = join(folder, 'dense.safetensors');
    await exported(run, { format: 'safetensors', tables: 'dense', out });
    expect(await shapesOf(out)).toEqual({
      'emb_l.0.weight': [50, 4],
      'emb_l.1.weight': [200, 4],
      'emb_l.2.weight': [7, 4],
      ...layers,
    });
  });

  test('for ONNX', async () => {
    const { file, step } = await exported(run, { format: 'onnx', checkpoint: 'latest' });
    expect([file, step]).toEqual([join(run, 'model.onnx'), 40]);
    const text = readFileSync(join(run, 'model.onnx'), 'latin1');
    for (const name of ['C2.indices', 'C2.offsets', 'table.C2.core1', 'probabilities'])
      expect(text).toContain(name);
  });

  test('a format that nobody knows, and a folder that holds no run', async () => {
    const wrong = await ttrec('export', run, '--format', 'keras');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('onnx, safetensors, torch');
    await expect(exported(folder, { format: 'onnx' })).rejects.toMatchObject({ code: 'checkpoint/no-run' });
  });
});

describe('import', () => {
  const dense = join(folder, 'model.pt');

  beforeAll(async () => {
    await exported(run, { format: 'torch', tables: 'dense', out: dense });
  });

  test('a run that tests as the one that was exported, and trains on', async () => {
    const out = join(folder, 'imported');
    expect(await imported(dense, plain, { out })).toMatchObject({
      type: 'import',
      runFolder: out,
      ignored: [],
      tables: [
        { table: 'C1', kind: 'dense', how: 'copied', bytes: 800 },
        { table: 'C2', kind: 'dense', how: 'copied', bytes: 3200 },
        { table: 'C3', kind: 'dense', how: 'copied', bytes: 112 },
      ],
    });
    const [expected, got] = [await tested(run), await tested(out)];
    // The rows of the tensor train were rounded to float32 once more on the way.
    for (const name of ['logLoss', 'auc']) expect(got[name]).toBeCloseTo(expected[name]!, 6);
    expect(await resumeIn(out, { steps: 3 })).toMatchObject({ interrupted: false, final: { steps: 3 } });
  });

  test('tensor trains of FBTT stay what they are, by D alone or by a file of shapes', async () => {
    const file = join(folder, 'stored.safetensors');
    const own = join(folder, 'unhashed');
    await trainIn(own, tinyTrainConfig({ model: { tables: { byName: { C2: tt } } } }));
    await exported(own, { format: 'safetensors', out: file });
    const shapes = join(folder, 'shapes.json');
    writeFileSync(shapes, JSON.stringify({ 1: { colShape: [2, 2, 1] } }));
    for (const [name, flags] of [
      ['by-dim', {}],
      ['by-shapes', { shapes }],
    ] as const) {
      const out = join(folder, name);
      const { tables } = await imported(file, plain, { out, ...flags });
      expect(tables).toMatchObject([{}, { table: 'C2', kind: 'tt', how: 'copied' }, {}]);
      expect({ ...(await tested(out)), step: 0 }).toEqual({ ...(await tested(own)), step: 0 });
    }
  });

  test('a table that the config stores in another way is fitted to the rows of the file', async () => {
    const out = join(folder, 'fitted');
    const byName = { C2: { kind: 'tt', ranks: 4, rowShape: [5, 5, 8], colShape: [2, 2, 1] } };
    const config = writeConfig(folder, 'fitted.json', tinyConfig({ model: { tables: { byName } } }));
    const { tables } = await imported(dense, config, { out });
    expect(tables).toMatchObject([{}, { table: 'C2', kind: 'tt', how: 'fitted' }, {}]);
    // The table in the file is a tensor train of rank 2, which one of rank 4 holds exactly.
    const [expected, got] = [await tested(run), await tested(out)];
    expect(got['logLoss']).toBeCloseTo(expected['logLoss']!, 5);
  });

  test.each<[string, string[], Parameters<typeof tinyConfig>[0]]>([
    [
      'import-differs',
      ['emb_l.1', 'the 100 rows of feature "C2"', 'got 200'],
      { data: { cardinalities: [50, 100, 7] } },
    ],
    ['import-differs', ['each of the 2 features', 'got 3 tables'], { data: { cardinalities: [50, 200] } }],
    ['import-differs', ['the 2 dense columns', 'got 3'], { data: { dense: 2 } }],
    ['import-differs', ['model.bottomMlp', 'must be [8]', 'got [9]'], { model: { bottomMlp: [9] } }],
    ['import-differs', ['model.interaction', 'or be left out'], { model: { interaction: { kind: 'cat' } } }],
  ])('%s %j', async (code, words, change) => {
    const config = writeConfig(folder, 'differs.json', tinyConfig(change));
    const refused = imported(dense, config, { out: join(folder, 'never') });
    await expect(refused).rejects.toMatchObject({ code: `trainer/${code}` });
    for (const word of words) await expect(refused).rejects.toThrow(word);
  });

  test('shapes that are none, and a file that is not there', async () => {
    const shapes = writeConfig(folder, 'bad-shapes.json', { 1: { colShapes: [2] } });
    await expect(imported(dense, plain, { shapes })).rejects.toThrow('Did you mean "colShape"?');
    await expect(imported(join(folder, 'none.pt'), plain, {})).rejects.toMatchObject({
      code: 'checkpoint/missing-file',
    });
  });
});
