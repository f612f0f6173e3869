import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodeNpy } from '@ttrec/tensor-files/npy';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compress } from '../src/commands/compress.ts';
import { exportRun } from '../src/commands/export.ts';
import { plan } from '../src/commands/plan.ts';
import { outputFile } from '../src/files/output-file.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { trainIn } from './in-process.ts';
import { tinyConfig, tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const inFolder = (...parts: string[]) => join(folder, ...parts);
const run = inFolder('run');
const config = writeConfig(folder, 'config-to-plan.json', tinyConfig());
const matrix = inFolder('matrix.npy');

/** Every file below a folder, with its content and time. */
function contents(of: string): Record<string, string> {
  const files = readdirSync(of, { recursive: true, encoding: 'utf8' }).filter((name) =>
    lstatSync(join(of, name)).isFile(),
  );
  return Object.fromEntries(
    files.map((name) => [
      name,
      `${statSync(join(of, name)).mtimeMs} ${readFileSync(join(of, name)).toString('base64')}`,
    ]),
  );
}

const silenced = [process.stdout, process.stderr].map((stream) =>
  vi.spyOn(stream, 'write').mockReturnValue(true),
);
afterAll(() => silenced.forEach((spy) => spy.mockRestore()));

beforeAll(async () => {
  await trainIn(run, tinyTrainConfig({ training: { steps: 5 } }));
  const data = Float32Array.from({ length: 800 }, (_, at) => Math.sin(at));
  writeFileSync(matrix, Buffer.concat([...encodeNpy({ dtype: 'F32', shape: [100, 8], data })]));
  writeFileSync(
    inFolder('counts.npy'),
    Buffer.concat([...encodeNpy({ dtype: 'F32', shape: [100], data: data.slice(0, 100).map(Math.abs) })]),
  );
  mkdirSync(inFolder('a-folder'));
  writeFileSync(inFolder('theirs.txt'), 'kept');
  symlinkSync(inFolder('a-folder'), inFolder('link-to-folder'));
  symlinkSync('/dev/null', inFolder('link-to-device'));
  symlinkSync(inFolder('nothing'), inFolder('link-to-nothing'));
  symlinkSync(inFolder('loop'), inFolder('loop'));
  symlinkSync(matrix, inFolder('link-to-input'));
  linkSync(matrix, inFolder('hard-link-to-input'));
  linkSync(join(run, 'config.json'), inFolder('hard-link-to-run'));
  symlinkSync(run, inFolder('link-to-run'));
});

/** Each command that writes a file, and what it reads. */
const commands = {
  export: (out: string, force?: true) => exportRun(run, { format: 'safetensors', out, force, json: true }),
  compress: (out: string, force?: true) =>
    compress(matrix, { bytes: 900, weights: inFolder('counts.npy'), out, force, json: true }),
  plan: (out: string, force?: true) => plan(config, { budget: 20_000, out, force, json: true }),
  frontier: (frontier: string, force?: true) => plan(config, { budget: 20_000, frontier, force, json: true }),
};

describe.each(Object.entries(commands))('the file that %s writes', (name, command) => {
  test.each([
    ['a folder', 'a-folder', 'not-a-file', 'a folder'],
    ['a name that ends as a folder does', 'new/', 'not-a-file', 'a folder'],
    ['a link to a folder', 'link-to-folder', 'not-a-file', 'a folder'],
    ['a link to a device', 'link-to-device', 'not-a-file', 'a device'],
    ['a link to nothing', 'link-to-nothing', 'not-a-file', 'a link to nothing'],
    ['a link to itself', 'loop', 'not-a-file', 'a link to nothing'],
    ['the config of a run', 'run/config.json', 'writes-', ''],
    ['a file of a run by way of a link', 'link-to-run/metrics.jsonl', 'writes-', ''],
    [
      'a new file among the checkpoints of a run',
      'run/checkpoints/mine',
      'writes-a-run',
      'must not name a file that a run keeps',
    ],
    ['the lock of a run', 'run/lock', 'writes-a-run', 'must not name'],
    ['a file below a file', 'theirs.txt/below', 'cannot-write', 'must be writable'],
  ])('is never %s, not even by force', async (_, path, code, words) => {
    const before = contents(folder);
    const failure: unknown = await command(`${folder}/${path}`, true).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      code: expect.stringContaining(`trainer/${code}`) as string,
      message: expect.stringContaining(words) as string,
    });
    expect(contents(folder)).toEqual(before);
  });

  test('is an existing one by force alone', async () => {
    const path = inFolder(`${name}-again`);
    writeFileSync(path, 'theirs');
    await expect(command(path)).rejects.toMatchObject({
      code: 'trainer/file-exists',
      parts: { hint: 'Add --force to replace it.' },
    });
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    await command(path, true);
    expect(readFileSync(path, 'utf8')).not.toBe('theirs');
  });

  test('may lie in a folder that is still to be made', async () => {
    const path = inFolder(`new-${name}`, 'deep', 'file');
    await command(path);
    expect(statSync(path).size).toBeGreaterThan(0);
  });

  test('behind a link to a file is that file, and the link stays', async () => {
    const [target, link] = [inFolder(`${name}-target`), inFolder(`${name}-link`)];
    writeFileSync(target, 'theirs');
    symlinkSync(target, link);
    await expect(command(link)).rejects.toMatchObject({ code: 'trainer/file-exists' });
    await command(link, true);
    expect(readFileSync(target, 'utf8')).not.toBe('theirs');
    expect(readFileSync(link)).toEqual(readFileSync(target));
  });
});

test.each<[string, (out: string) => Promise<void>, string[]]>([
  [
    'compress',
    (out) => commands.compress(out, true),
    ['matrix.npy', 'link-to-input', 'hard-link-to-input', 'counts.npy'],
  ],
  ['export', (out) => commands.export(out, true), ['hard-link-to-run']],
  ['plan', (out) => commands.plan(out, true), ['config-to-plan.json']],
  ['plan, its page,', (out) => commands.frontier(out, true), ['config-to-plan.json']],
])('%s never writes over what it reads, by whatever name', async (_, command, names) => {
  for (const name of names) {
    const before = readFileSync(inFolder(name));
    await expect(command(inFolder(name))).rejects.toMatchObject({ code: 'trainer/writes-its-input' });
    expect(readFileSync(inFolder(name))).toEqual(before);
  }
});

test('plan does not write over the data that its config reads', async () => {
  const rows = inFolder('rows.csv');
  writeFileSync(
    rows,
    `y,id\n${Array.from({ length: 60 }, (_, row) => `${row % 2},${row % 7}`).join('\n')}\n`,
  );
  const data = {
    format: 'csv',
    path: 'rows.csv',
    label: { column: 'y', equals: '1' },
    features: [{ column: 'id' }],
    split: { by: 'random', validation: 0.1, test: 0.2 },
  };
  const reads = writeConfig(folder, 'reads.json', { name: 'reads', data });
  linkSync(rows, inFolder('rows-again.csv'));
  for (const out of [rows, inFolder('rows-again.csv')]) {
    await expect(plan(reads, { budget: 20_000, out, force: true })).rejects.toMatchObject({
      code: 'trainer/writes-its-input',
    });
  }
  await expect(
    plan(reads, { budget: 20_000, out: inFolder('one'), frontier: inFolder('one') }),
  ).rejects.toMatchObject({ code: 'trainer/bad-plan' });
});

test('what is refused is refused before the work, and the folder is there before it too', async () => {
  const path = inFolder('made-first', 'file');
  // The budget cannot be met: that is known only after the data was read.
  await expect(plan(config, { budget: 1, out: path })).rejects.toMatchObject({
    code: 'planner/budget-too-small',
  });
  expect(existsSync(inFolder('made-first'))).toBe(true);
  await expect(plan(config, { budget: 1, out: inFolder('a-folder') })).rejects.toMatchObject({
    code: 'trainer/not-a-file',
  });
});

test("a config.json that is no run's is a file like any other", async () => {
  const own = inFolder('project');
  mkdirSync(own);
  copyFileSync(config, join(own, 'config.json'));
  await expect(
    outputFile(join(own, 'config.json'), { option: '--out', force: true, inputs: [] }),
  ).resolves.toBe(join(own, 'config.json'));
});

test('the names that a command chooses itself may be replaced, but not what it reads', async () => {
  await exportRun(run, { format: 'onnx', json: true });
  await exportRun(run, { format: 'onnx', json: true });
  mkdirSync(join(run, 'model.pt'));
  await expect(exportRun(run, { format: 'torch' })).rejects.toMatchObject({ code: 'trainer/not-a-file' });
});

test.each([
  'export RUN --format onnx --out=',
  'plan CONFIG --budget 1MB --out=',
  'compress FILE --bytes 1kB --out=',
  'train CONFIG --out=',
  'compare CONFIG --out=',
  'import STATE CONFIG --out=',
])('ttrec %s is wrong usage', async (args) => {
  const ended = await ttrec(...args.split(' '));
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain('It must name a file or a folder.');
});
