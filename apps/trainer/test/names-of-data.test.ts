import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors } from '@ttrec/tensor-files';
import { inFileName } from '@ttrec/training/config';
import { expect, test } from 'vitest';
import { temporaryFolder, writeConfig } from './command.ts';
import { commandInProcess } from './in-process.ts';

/** A config on a file of 200 rows with one column of ids, by that name. */
function configOn(folder: string, column: string, feature: object = {}): string {
  const rows = Array.from({ length: 200 }, (_, row) => `${row % 2},${row % 23}`);
  writeFileSync(join(folder, 'rows.csv'), `y,"${column}"\n${rows.join('\n')}\n`);
  const split = { by: 'random', validation: 0.1, test: 0.2 };
  const label = { column: 'y', equals: '1' };
  const data = { format: 'csv', path: 'rows.csv', label, features: [{ column, ...feature }], split };
  const model = { embeddingDim: 4, topMlp: [4], interaction: { kind: 'cat' } };
  return writeConfig(folder, 'config.json', { name: 'run', data, model, training: { batchSize: 16 } });
}

// oxlint-disable-next-line no-control-regex -- that is what must not be there
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;

test.each([
  '\x1b[31mRED\x1b]0;title\x07',
  '../../up',
  'a/b',
  '..',
  'a\u202eb\u009b2J',
  'con',
  'x'.repeat(300),
  'constructor',
])(
  'a column named %j is trained, planned, exported and compressed, and is never a path or a command to a terminal',
  async (column) => {
    const folder = temporaryFolder();
    const config = configOn(folder, column);
    for (const args of [
      ['train', config, '--out', 'run', '--steps', '3'],
      ['plan', config],
      [
        'plan',
        config,
        '--budget',
        '2kB',
        '--explain',
        '--frontier',
        'page.html',
        '--out',
        'planned.json',
        '--json',
      ],
      ['plan', 'planned.json'],
      ['evaluate', 'run', '--json'],
      ['export', 'run', '--format', 'onnx', '--json'],
      ['compress', 'run', '--table', column, '--bytes', '200B', '--kind', 'tt,hash'],
    ]) {
      const inFolder = args.map((arg) =>
        ['run', 'page.html', 'planned.json'].includes(arg) ? join(folder, arg) : arg,
      );
      const { code, stdout, stderr } = await commandInProcess(inFolder, folder);
      expect(code, stderr).toBe(0);
      expect(stdout + stderr).not.toMatch(OBEYED);
    }
    const compressed = `run-${inFileName(column)}`;
    expect(readdirSync(folder).sort()).toEqual(
      ['config.json', 'page.html', 'planned.json', 'rows.csv', 'run', compressed].sort(),
    );
    const again = await commandInProcess(['evaluate', join(folder, compressed)], folder);
    expect(again.code, again.stderr).toBe(0);
  },
);

test('a table of a file is compressed beside it, whatever it is called', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'model.safetensors');
  const tensor = {
    name: '../up/\x1b[2J.weight',
    dtype: 'F32',
    shape: [100, 4],
    data: new Float32Array(400).fill(1),
  } as const;
  writeFileSync(path, Buffer.concat([...encodeSafetensors([tensor])]));
  const { code, stdout, stderr } = await commandInProcess(['compress', path, '--bytes', '500B'], folder);
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).not.toMatch(OBEYED);
  expect(existsSync(join(folder, 'model.up-2J.safetensors'))).toBe(true);
});

test('a table named __proto__ is refused with the way out', async () => {
  const folder = temporaryFolder();
  const refused = await commandInProcess(['plan', configOn(folder, '__proto__')], folder);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(
    /table "__proto__": must have another name.* Give the feature a "table" of another name\.\n\(training\/reserved-name\)\n$/,
  );
  const renamed = await commandInProcess(['plan', configOn(folder, '__proto__', { table: 'proto' })], folder);
  expect(renamed.code, renamed.stderr).toBe(0);
});

test('names of the data in names of files keep to letters, digits, "_", "+" and "-"', () => {
  expect(['item', 'a/b', '..', '.hidden', ' x ', 'é', '', 'y'.repeat(500)].map(inFileName)).toEqual([
    'item',
    'a-b',
    '',
    'hidden',
    'x',
    '',
    '',
    'y'.repeat(60),
  ]);
});
