import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors, openTensors, type Tensor } from '@ttrec/tensor-files';
import { beforeAll, describe, expect, test, vi } from 'vitest';
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
    await expect(exported(folder, { format: 'onnx' })).rejects.toMatchObject({ code: 'training/no-run' });
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

  describe('rows in a cache of FBTT', () => {
    const file = join(folder, 'fbtt-cache.safetensors');
    const values = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);

    beforeAll(async () => {
      const own = join(folder, 'before-cache');
      await trainIn(own, tinyTrainConfig({ model: { tables: { byName: { C2: tt } } } }));
      await exported(own, { format: 'safetensors', out: file });
      const stored = await openTensors(file);
      const tensors: Tensor[] = [];
      for (const { name, shape } of stored.tensors.values())
        tensors.push({ name, dtype: 'F32', shape, data: (await stored.read(name)) as Float32Array });
      await stored.close();
      // Ids 199 and 7 have the two rows.
      tensors.push(
        { name: 'emb_l.1.hashtbl', dtype: 'I64', shape: [3], data: BigInt64Array.of(199n, -1n, 7n) },
        { name: 'emb_l.1.cache_state', dtype: 'I32', shape: [3], data: Int32Array.of(0, 0, 1) },
        { name: 'emb_l.1.cache_weight', dtype: 'F32', shape: [2, 4], data: values },
      );
      writeFileSync(file, Buffer.concat([...encodeSafetensors(tensors)]));
    });

    test.each([
      ['keep', 'cached'],
      ['override', 'dense'],
      ['drop', 'tt'],
    ] as const)('%s: stored as %s, said, tested and trained on', async (choice, kind) => {
      const out = join(folder, `cache-${choice}`);
      const record = await imported(file, plain, { out, cachedRows: choice });
      expect(record).toMatchObject({
        tables: [{}, { table: 'C2', kind, how: 'copied' }, {}],
        caches: [{ table: 'C2', rows: 2, choice }],
      });
      expect((await tested(out))['logLoss']).toBeGreaterThan(0);
      const dense = join(folder, `cache-${choice}-dense.safetensors`);
      await exported(out, { format: 'safetensors', tables: 'dense', out: dense });
      const written = await openTensors(dense);
      const rows = (await written.read('emb_l.1.weight')) as Float32Array;
      await written.close();
      const cachedRows = [...rows.subarray(4 * 199), ...rows.subarray(4 * 7, 4 * 8)];
      if (choice === 'drop') expect(cachedRows).not.toEqual([...values]);
      else expect(cachedRows).toEqual([...values]);
      expect(await resumeIn(out, { steps: 3 })).toMatchObject({ interrupted: false });
    });

    test('the command says what became of them, and asks when nobody chose', async () => {
      const keep = ['--cached-rows', 'keep', '--out', join(folder, 'cache-said')];
      const { code, stderr } = await ttrec('import', file, plain, ...keep);
      expect(code).toBe(0);
      expect(stderr).toContain(
        'cache    C2: 2 cached rows are rows of the table, beside its cores; stored as cached',
      );
      await expect(imported(file, plain, { out: join(folder, 'never') })).rejects.toMatchObject({
        code: 'interop/cached-rows',
      });
    });
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

  test('what an import that was killed left is no run, and makes room for the same import', async () => {
    const out = join(folder, 'killed');
    await imported(dense, plain, { out });
    const config = join(out, 'config.json');
    const saved = JSON.parse(readFileSync(config, 'utf8')) as object;
    writeFileSync(config, JSON.stringify({ unfinished: 'import', ...saved }));
    const left = {
      code: 'training/unfinished-run',
      message: expect.stringContaining(`again with --out ${out}`),
    };
    await expect(evaluate(out, {})).rejects.toMatchObject(left);
    await expect(resumeIn(out)).rejects.toMatchObject(left);
    const record = await imported(dense, plain, { out });
    expect(record['runFolder']).toBe(out);
    expect(await tested(out)).toEqual({ ...(await tested(run)), step: 0 });
  });

  test('an import that fails leaves no folder', async () => {
    const out = join(folder, 'failed');
    await expect(imported(dense, plain, { out, backend: 'none' })).rejects.toThrow(
      'must be one of cpu, wasm',
    );
    // A disk that is full by the time of the checkpoint: the config and the records are synced before.
    let syncs = 0;
    const handle = await open(plain);
    const spy = vi
      .spyOn(Object.getPrototypeOf(handle) as typeof handle, 'sync')
      .mockImplementation(async () => {
        if (++syncs > 4) throw new Error('ENOSPC: no space left on device');
      });
    await handle.close();
    await expect(imported(dense, plain, { out })).rejects.toMatchObject({
      code: 'tensor-files/cannot-write',
    });
    spy.mockRestore();
    expect(existsSync(out)).toBe(false);
  });

  test('shapes that are none, and a file that is not there', async () => {
    const shapes = writeConfig(folder, 'bad-shapes.json', { 1: { colShapes: [2] } });
    await expect(imported(dense, plain, { shapes })).rejects.toThrow('Did you mean "colShape"?');
    await expect(imported(join(folder, 'none.pt'), plain, {})).rejects.toMatchObject({
      code: 'tensor-files/missing-file',
    });
  });
});
