import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openRun } from '@ttrec/training/run-folder';
import { openRanker } from 'ttrec';
import { beforeAll, expect, test } from 'vitest';
import { compress, type CompressFlags } from '../src/commands/compress.ts';
import { evaluate } from '../src/commands/evaluate.ts';
import { exportRun } from '../src/commands/export.ts';
import { temporaryFolder } from './command.ts';
import { recordOf, resumeIn, trainIn } from './in-process.ts';
import { tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const compressed = (flags: CompressFlags) =>
  recordOf((json) => compress(run, { backend: 'cpu', ...flags, ...json }));
const tested = async (from: string) =>
  (await recordOf((json) => evaluate(from, { ...json, backend: 'cpu' })))['test'];

beforeAll(async () => {
  await trainIn(
    run,
    tinyTrainConfig({
      data: { cardinalities: [400, 900, 7] },
      model: { tables: { byName: { C1: { kind: 'tt', ranks: 3 } } } },
      training: { learningRate: 0.1 },
    }),
  );
});

interface Stored {
  readonly table: string;
  readonly config: object;
  readonly bytes: number;
  readonly relativeError: number;
}

test('all tables are planned for the size of the whole model, which is tested before and after', async () => {
  const out = join(folder, 'small');
  const bytes = 9000;
  const record = await compressed({ bytes, out });
  expect(record).toMatchObject({ type: 'compressed', runFolder: out });
  expect(record['before']).toEqual(expect.objectContaining({ logLoss: expect.any(Number) as number }));
  expect(await tested(run)).toMatchObject(record['before'] as object);
  expect(await tested(out)).toMatchObject(record['after'] as object);
  const tables = record['tables'] as Stored[];
  expect(tables.map(({ table }) => table)).toEqual(['C1', 'C2', 'C3']);
  const { config } = await openRun(out);
  expect(config.model.tables.byName).toEqual(
    Object.fromEntries(tables.map((each) => [each.table, each.config])),
  );
  // Of 7,000 bytes that C2 takes as floats, integers leave a quarter: a plan for serving has some.
  expect(JSON.stringify(tables)).toMatch(/"kind":"int(4|8|egers)"/);
  for (const { relativeError } of tables) expect(relativeError).toBeLessThan(1.5);
  const checkpoints = join(out, 'checkpoints');
  const { folder: best } = JSON.parse(readFileSync(join(checkpoints, 'best.json'), 'utf8')) as {
    folder: string;
  };
  expect(statSync(join(checkpoints, best, 'model.safetensors')).size).toBeLessThanOrEqual(bytes);
  await using ranker = await openRanker(out, { backend: 'cpu' });
  const { logits } = await ranker.score([{ I1: 0, I2: 1, I3: 2, C1: 399, C2: 899, C3: 6 }]);
  expect(Number.isFinite(logits[0])).toBe(true);
});

test('more bytes bring the model nearer to what it was', async () => {
  const errors: number[] = [];
  for (const bytes of [6000, 12_000, 60_000]) {
    const { tables, before, after } = await compressed({ bytes, out: join(folder, String(bytes)) });
    errors.push((tables as Stored[]).find(({ table }) => table === 'C2')!.relativeError);
    if (bytes === 60_000) expect(after).toEqual(before);
  }
  expect(errors).toEqual(errors.toSorted((a, b) => b - a));
  expect(errors.at(-1)).toBe(0);
});

test('with fine-tuning, tables can be trained on', async () => {
  const out = join(folder, 'tuned');
  const { tables } = await compressed({ bytes: 9000, fineTune: 20, out });
  expect(JSON.stringify(tables)).not.toMatch(/"kind":"int[48]"/);
  const { final } = (await resumeIn(out, { epochs: 3 })) as { final: { test: { step: number } } };
  expect(final.test.step).toBeGreaterThan(0);
});

test('the compressed run is exported to ONNX as it is stored, to PyTorch as rows', async () => {
  const out = join(folder, 'exported');
  await compressed({ bytes: 9000, out });
  const sizeOf = async (format: 'torch' | 'onnx', tables: 'stored' | 'dense') => {
    const { file } = await recordOf((json) => exportRun(out, { ...json, format, tables }));
    return statSync(String(file)).size;
  };
  // 9,000 bytes of tables, the MLPs and the graph; dense tables alone take more.
  expect(await sizeOf('onnx', 'stored')).toBeLessThan(16_000);
  expect(await sizeOf('torch', 'dense')).toBeGreaterThan(4 * 4 * 1307);
});

test.each<[CompressFlags, string, RegExp]>([
  [{ bytes: 100 }, 'planner/budget-too-small', /--bytes: must be at least/],
  [{ bytes: 9000, weights: 'counts.npy' }, 'trainer/bad-compress', /--weights: goes with --table in a run/],
])('refuses %j, and leaves no run', async (flags, code, message) => {
  const out = join(folder, 'refused');
  const given = { ...flags, out };
  await expect(compressed(given)).rejects.toThrow(message);
  await expect(compressed(given)).rejects.toMatchObject({ code });
  expect(existsSync(out)).toBe(false);
});
