import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@ttrec/core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compress } from '../src/commands/compress.ts';
import { evaluate } from '../src/commands/evaluate.ts';
import { exportRun } from '../src/commands/export.ts';
import { train } from '../src/commands/train.ts';
import { temporaryFolder, writeConfig } from './command.ts';
import { recordOf, savedTensors } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const silenced = (['stdout', 'stderr'] as const).map((name) => vi.spyOn(process[name], 'write'));
beforeAll(() => silenced.forEach((spy) => spy.mockReturnValue(true)));
afterAll(() => silenced.forEach((spy) => spy.mockRestore()));

const HEADER = 'user,item,price,label';

/** 300 rows: user, item, price, and a label that follows from the item nine times in ten. */
function rows(seed: number): string[] {
  const stream = new RandomStream(seed, 'rows');
  const draw = (below: number) => Math.floor(stream.nextUniform() * below);
  return Array.from({ length: 300 }, () => {
    const item = draw(12);
    const label = stream.nextUniform() < 0.9 ? item % 2 : 1 - (item % 2);
    return `u${draw(30)},i${item},${stream.nextUniform().toFixed(3)},${label}`;
  });
}

function fileOf(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, [HEADER, ...lines].join('\n'));
  return path;
}

const lines = rows(1);
const file = fileOf('clicks.csv', lines);

function configOf(path: string, changes: object = {}): object {
  const rest = tinyConfig({ model: { bottomMlp: [8] }, training: { epochs: 2, evaluateEvery: 9 } });
  const data = {
    format: 'csv',
    path,
    label: { column: 'label', equals: '1' },
    dense: [{ column: 'price' }],
    features: [{ column: 'user' }, { column: 'item' }],
    split: { by: 'random', validation: 0.15, test: 0.2 },
  };
  return { ...rest, data, ...changes };
}

const config = writeConfig(folder, 'config.json', configOf(file));
const run = join(folder, 'run');
const other = join(folder, 'other');
const otherFile = fileOf('other.csv', rows(2));

beforeAll(async () => {
  await train(config, { out: run });
  // Of the same shapes, so that nothing but what was learnt tells them apart.
  await train(writeConfig(folder, 'other.json', configOf(otherFile, { seed: 4 })), { out: other });
});

/** A copy of the run to be spoiled. */
function copied(name: string): string {
  const copy = join(folder, name);
  cpSync(run, copy, { recursive: true });
  return copy;
}

function swap(copy: string, name: string, from = other): void {
  rmSync(join(copy, name), { recursive: true });
  cpSync(join(from, name), join(copy, name), { recursive: true });
}

const refused = (code: string, ...words: string[]): unknown =>
  expect.objectContaining({
    code: `training/${code}`,
    message: expect.toSatisfy(
      (text: string) => words.every((word) => text.includes(word)),
      words.join(' … '),
    ),
  });

const table = { kind: 'int8', into: { kind: 'dense' } } as const;
const out = () => join(folder, `out ${readdirSync(folder).length}`);

/** Everything that reads a run and its own data. */
const readers: Readonly<Record<string, (from: string) => Promise<void>>> = {
  'train --resume': (from) => train(undefined, { resume: from, epochs: 3 }),
  evaluate: (from) => evaluate(from, {}),
  compress: (from) => compress(from, { table: 'user', config: table, out: out() }),
};

/** Those that need no data of the run, or bring other. */
const withoutData: typeof readers = {
  'evaluate --data': (from) => evaluate(from, { data: otherFile }),
  export: (from) => exportRun(from, { format: 'safetensors', out: out() }),
  'train --from': (from) => train(undefined, { from, data: otherFile, out: out() }),
};

describe.each(Object.entries(readers))('%s refuses, and changes nothing', (name, read) => {
  const flipped = (line: string) => line.replace(/[01]$/, (label) => String(1 - Number(label)));
  const firstTwo = [lines[1]!, lines[0]!];

  test.each<[string, readonly string[]]>([
    ['two thirds of the labels swapped', lines.map((line, i) => (i % 3 === 0 ? line : flipped(line)))],
    ['one label swapped', lines.map((line, i) => (i === 150 ? flipped(line) : line))],
    [
      'one number changed in its last digit',
      lines.map((line, i) => (i === 9 ? line.replace(/\d,/, (d) => `${(Number(d[0]) + 1) % 10},`) : line)),
    ],
    ['two rows in another order', [...firstTwo, ...lines.slice(2)]],
    ['other rows of as many', rows(2)],
    ['a row more', [...lines, lines[0]!]],
  ])('data with %s', async (_, changed) => {
    const copy = copied(`${name} ${out().length} ${Math.round(performance.now() * 1000)}`);
    const before = readdirSync(copy, { recursive: true }).sort();
    fileOf('clicks.csv', changed);
    await expect(read(copy)).rejects.toEqual(refused('data-changed', 'clicks.csv'));
    fileOf('clicks.csv', lines);
    expect(readdirSync(copy, { recursive: true }).sort()).toEqual(before);
    expect(savedTensors(copy)).toEqual(savedTensors(run));
  });
});

describe.each(Object.entries({ ...readers, ...withoutData }))('%s refuses', (name, read) => {
  test('checkpoints of another run', async () => {
    const copy = copied(`${name} with other checkpoints`);
    for (const each of ['checkpoints', 'final.json']) swap(copy, each);
    await expect(read(copy)).rejects.toEqual(
      refused('mixed-runs', 'seed', 'must be as in the config of its run, 3', 'got 4'),
    );
  });

  test('the config of another run', async () => {
    const copy = copied(`${name} with another config`);
    const path = join(copy, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"learningRate": 0.02', '"learningRate": 0.03'));
    await expect(read(copy)).rejects.toEqual(refused('mixed-runs', 'training.learningRate', 'got 0.02'));
  });

  test('the encoding of another run', async () => {
    const copy = copied(`${name} with another encoding`);
    swap(copy, 'encoding.jsonl.gz');
    const failure: unknown = await read(copy).catch((thrown: unknown) => thrown);
    // Where the data is there, the first value that has another row is named.
    expect(failure).toMatchObject({ code: expect.stringMatching(/^training\/(mixed-runs|data-changed)$/) });
  });
});

test('a checkpoint of the same config on other data is refused', async () => {
  const twin = join(folder, 'twin');
  fileOf(
    'clicks.csv',
    lines.map((line, i) =>
      i % 2 === 0 ? line : line.replace(/[01]$/, (label) => String(1 - Number(label))),
    ),
  );
  await train(config, { out: twin });
  fileOf('clicks.csv', lines);
  const copy = copied('with checkpoints of its twin');
  for (const each of ['checkpoints', 'final.json', 'encoding.jsonl.gz']) swap(copy, each, twin);
  await expect(evaluate(copy, {})).rejects.toEqual(refused('data-changed'));
});

test('data that has moved is found by --data and is the same run, bit for bit', async () => {
  const [copy, whole] = [copied('moved'), copied('stayed')];
  await train(undefined, { resume: whole, epochs: 3 });
  const moved = join(folder, 'moved.csv');
  renameSync(file, moved);
  await train(undefined, { resume: copy, epochs: 3, data: moved });
  expect(savedTensors(copy)).toEqual(savedTensors(whole));
  expect(readFileSync(join(copy, 'config.json'), 'utf8')).toContain('moved.csv');
  await evaluate(copy, {});
  renameSync(moved, file);
});

test('other data is evaluated on purpose, with the ids of training', async () => {
  const record = await recordOf((json) => evaluate(run, { ...json, data: otherFile }));
  expect(record).toMatchObject({ test: { rows: 300 } });
});

test('a run without its encoding is refused, and a compressed one is tied together like the first', async () => {
  const target = out();
  await compress(run, { table: 'user', config: table, out: target });
  await evaluate(target, {});
  swap(target, 'config.json', run);
  await expect(evaluate(target, {})).rejects.toEqual(refused('mixed-runs', 'model.tables.byName'));
  const copy = copied('without encoding');
  rmSync(join(copy, 'encoding.jsonl.gz'));
  await expect(evaluate(copy, {})).rejects.toEqual(refused('no-encoding', copy));
  expect(existsSync(join(copy, 'encoding.jsonl.gz'))).toBe(false);
});
