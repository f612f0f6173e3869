import { nativeBackendFactory } from '@ttrec/backend-native';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as frontDoor from 'ttrec';
import { expect, test } from 'vitest';
import { temporaryFolder } from './command.ts';

const folder = temporaryFolder();
const pathOf = (name: string) => fileURLToPath(new URL(`../examples/${name}.ts`, import.meta.url));

/** Runs an example in a folder of its own, and returns what it printed. */
function run(name: string): string {
  const args = ['--conditions=@ttrec/source', pathOf(name)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

test('the front door is a dozen names', () => {
  expect(Object.keys(frontDoor).sort()).toEqual([
    'Dlrm',
    'EmbeddingBag',
    'cost',
    'createBackend',
    'createEncoder',
    'evaluate',
    'exportOnnx',
    'fit',
    'loadModel',
    'openDataset',
    'openRanker',
    'plan',
    'saveModel',
  ]);
});

test('the examples of the READMEs are those that are run', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  for (const name of ['train', 'predict'])
    expect(read('../README.md')).toContain(readFileSync(pathOf(name), 'utf8'));
  const [, first] = /```ts\n([\s\S]*?)```/.exec(read('../../../README.md'))!;
  expect(first).toBe(readFileSync(pathOf('train'), 'utf8'));
});

test('a script trains, tests and saves a model, and another one loads it and predicts', () => {
  const printed = run('train');
  const value = (name: string) => Number(new RegExp(`\\b${name}: ([\\d.]+)`).exec(printed)![1]);
  expect(value('logLoss')).toBeLessThan(0.9 * value('baseRateLogLoss'));
  expect(value('auc')).toBeGreaterThan(0.7);
  expect(existsSync(join(folder, 'clicks.safetensors'))).toBe(true);
  const [, first, second] = /^Float64Array\(2\) \[ ([\d.]+), ([\d.]+) \]\n$/.exec(run('predict'))!;
  for (const probability of [first, second].map(Number)) {
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThan(1);
  }
  expect(first).not.toBe(second);
});

test('embedding tables train in a model of your own, in at most 25 lines', () => {
  expect(readFileSync(pathOf('embeddings-alone'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(
    25,
  );
  const losses = run('embeddings-alone')
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split(' ')[1]));
  expect(losses).toHaveLength(3);
  expect(losses[2]).toBeLessThan(1e-6 * losses[0]!);
});

test('createBackend starts the engine that is named, or none', async () => {
  const { createBackend } = frontDoor;
  await using cpu = await createBackend({ name: 'cpu' });
  expect(cpu.name).toBe('cpu');
  await using wasm = await createBackend({ name: 'wasm', threads: 2 });
  expect(wasm.capabilities.threads).toBe(2);
  await using best = await createBackend();
  const { available } = await nativeBackendFactory.availability();
  expect(best.name).toBe(available ? 'native' : 'wasm');
  const plain = createBackend as (options: object) => Promise<unknown>;
  await expect(plain({ backend: 'cpu' })).rejects.toMatchObject({ code: 'trainer/unknown-option' });
  await expect(plain({ name: 'gpuu' })).rejects.toThrow('Did you mean "gpu"?');
  await expect(plain({ name: 'cpu', threads: 2 })).rejects.toMatchObject({ code: 'trainer/no-threads' });
});
