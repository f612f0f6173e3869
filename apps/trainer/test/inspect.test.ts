import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './command.ts';
import { commandInProcess } from './in-process.ts';

const folder = temporaryFolder();
const write = (name: string, header: string, row: (i: number) => string) => {
  const path = join(folder, name);
  writeFileSync(path, [header, ...Array.from({ length: 500 }, (_, i) => row(i))].join('\n'));
  return path;
};
const clicks = write(
  'clicks.csv',
  'clicked,user,item,age,site',
  (i) => `${i % 3 === 0 ? 1 : 0},u${i % 19},i${i % 23},${20 + (i % 41) / 2},x`,
);

test('ttrec inspect shows the columns and a config whose choices have comments', async () => {
  const { code, stdout, stderr } = await commandInProcess(['inspect', clicks]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/clicked\s+integer\s+2\s+0\s+0 1\s+label/);
  expect(stdout).toContain(
    '// clicked has two values; positive is 1\n    "label": { "column": "clicked", "equals": "1" }',
  );
  expect(stderr).toContain('warning: site: constant: every row has the same value; left out');
});

test('ttrec init writes what ttrec train trains', async () => {
  const out = join(folder, 'own.json');
  expect((await commandInProcess(['init', clicks, '--out', out])).code).toBe(0);
  const { data, training } = JSON.parse(readFileSync(out, 'utf8')) as Record<'data' | 'training', unknown>;
  // 500 rows are repeated, and evaluated at the end of each epoch.
  expect(training).toEqual({ batchSize: 64, epochs: 12, learningRate: 0.02 });
  expect(data).toMatchObject({
    format: 'csv',
    path: 'clicks.csv',
    dense: [{ column: 'age' }],
    features: [{ column: 'user' }, { column: 'item' }],
  });
  const trained = await commandInProcess(['train', out, '--steps', '3', '--out', join(folder, 'run')]);
  expect(trained.code).toBe(0);
  const again = await commandInProcess(['init', clicks, '--out', out]);
  expect(again.code).not.toBe(0);
  expect(again.stderr).toContain('trainer/file-exists');
});

test.each([
  ['an id and numbers', 'click,user,price', (i: number) => `${i % 2},u${i % 7},${i / 8}`, { kind: 'cat' }],
  ['two ids', 'click,user,item', (i: number) => `${(i >> 1) % 2},u${i % 7},i${i % 5}`, { kind: 'cat' }],
  [
    'two ids and numbers',
    'click,user,item,price',
    (i: number) => `${(i >> 1) % 2},u${i % 7},i${i % 5},${i / 8}`,
    undefined,
  ],
])('vectors are side by side where there are two: %s', async (name, header, row, interaction) => {
  const path = write(`${name}.csv`, header, row);
  const out = join(folder, `${name}.json`);
  expect((await commandInProcess(['init', path, '--out', out])).code).toBe(0);
  const { model } = JSON.parse(readFileSync(out, 'utf8')) as { model: { interaction?: unknown } };
  expect(model.interaction).toEqual(interaction);
});

test('a label without a column of ids beside it is refused with what to do', async () => {
  const path = write('numbers.csv', 'clicked,age', (i) => `${i % 2},${i * 1.5}`);
  const refused = await commandInProcess(['init', path]);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('trainer/no-features');
  expect(refused.stderr).toContain('must have a column of ids or words beside the label');
});

test('a label that cannot be guessed is asked for, and nothing is written', async () => {
  const path = write(
    'two.csv',
    'user,gender,vip',
    (i) => `u${i % 7},${'mf'[i % 2]},${'yn'[i % 3 === 0 ? 0 : 1]}`,
  );
  const asked = await commandInProcess(['inspect', path]);
  expect(asked.stdout).toContain(
    'Which column is the label? It may be gender or vip. Give --label COLUMN for a config.',
  );
  const refused = await commandInProcess(['init', path]);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('trainer/unknown-label');
  expect(() => readFileSync(join(folder, 'two.json'))).toThrow();
  expect((await commandInProcess(['init', path, '--label', 'vip'])).code).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, 'two.json'), 'utf8'))).toMatchObject({
    name: 'two',
    data: { label: { column: 'vip', equals: 'y' } },
  });
});

test('a short Criteo log is regularised and repeated', async () => {
  const line = (i: number) =>
    [i % 4 === 0 ? 1 : 0, ...Array<number>(13).fill(i % 9), ...Array<string>(26).fill('0a0b0c0d')].join('\t');
  const path = join(folder, 'log.tsv');
  writeFileSync(path, Array.from({ length: 300 }, (_, i) => line(i)).join('\n'));
  expect((await commandInProcess(['init', path])).code).toBe(0);
  const out = join(folder, 'log.json');
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
    data: { format: 'criteo', missingFlags: true },
    model: { wide: true },
    training: { epochs: 12, optimizer: { embeddings: { rule: 'rowwise-adagrad' } } },
  });
  const trained = await commandInProcess(['train', out, '--steps', '3', '--out', join(folder, 'log-run')]);
  expect(trained.code).toBe(0);
});
