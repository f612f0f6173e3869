import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MeasuredPlan } from '@ttrec/planner/measure';
import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { describe, expect, test } from 'vitest';
import { measuredSplit } from '../src/plan/measured/measured-split.ts';
import { measuredText } from '../src/plan/measured/measured-text.ts';
import { temporaryFolder, ttrec, writeConfig } from './command.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const config = writeConfig(
  folder,
  'measured.json',
  tinyConfig({ data: { cardinalities: [900, 300, 7] }, training: { epochs: 1 } }),
);

test('measures, keeps what it measured, plans the same again from that, and the file fits the budget', async () => {
  const [planned, measurements, run] = ['planned.json', 'measured.jsonl', 'run'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const args = ['plan', config, '--budget', '9kB', '--trials', '6', '--measurements', measurements, '--json'];
  const made = await ttrec(...args, '--out', planned);
  expect(made.code, made.stderr).toBe(0);
  expect(made.stderr).toMatch(/measure {2}trial 1: .*, seed 3/);
  expect(made.stderr).toMatch(/candidate +bytes +trained +seeds +validation AUC/);
  const record = JSON.parse(made.stdout) as MeasuredPlan & { readonly metric: string };
  expect(record.metric).toBe('auc');
  expect(record.tried[0]!.name).toBe(record.chosen);
  const lines = readFileSync(measurements, 'utf8');

  const again = await ttrec(...args);
  expect(JSON.parse(again.stdout)).toEqual(record);
  expect(readFileSync(measurements, 'utf8')).toBe(lines);

  const trained = await ttrec('train', planned, '--out', run);
  expect(trained.code, trained.stderr).toBe(0);
  const checkpoint = await loadCheckpoint(run);
  expect(statSync(join(checkpoint.path, 'model.safetensors')).size).toBeLessThanOrEqual(9000);
  await checkpoint.close();
});

test('other files than measurements are refused', async () => {
  const other = join(folder, 'other.jsonl');
  writeFileSync(other, '{"type":"train","step":1}\n');
  const { code, stderr } = await ttrec(
    'plan',
    config,
    '--budget',
    '9kB',
    '--trials',
    '2',
    '--measurements',
    other,
  );
  expect(code).toBe(1);
  expect(stderr).toContain('must hold measurements of "ttrec plan"');
  expect(readFileSync(other, 'utf8')).toBe('{"type":"train","step":1}\n');
});

test.each<[string[], string]>([
  [['--measure', '10m', '--trials', '4'], 'goes in the place of --measure'],
  [['--metric', 'auc'], '--metric: goes with --measure or --trials'],
  [['--trials', '4', '--explain'], '--explain: goes without --measure'],
  [['--measure', '10'], 'such as 90s, 10m or 1h'],
  [['--measure', '0s'], 'above 0'],
  [['--trials', '4', '--metric', 'f1'], 'Allowed choices are auc, log-loss'],
])('%j is wrong usage', async (flags, words) => {
  const { code, stderr } = await ttrec('plan', config, '--budget', '9kB', ...flags);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test.each<[string, Partial<MeasuredPlan> & { share?: number }, readonly string[], readonly string[]]>([
  ['all', {}, ['chosen: tt'], ['too small', 'stopped', 'not tried']],
  [
    'less than a whole training',
    { share: 0.27, untried: ['hash'] },
    [
      'beyond 27 % of the training, since the budget is too small',
      'not tried, since the budget is too small: hash',
    ],
    ['time'],
  ],
  [
    'what was done when it was stopped',
    { share: 0.27, untried: ['hash'], isWhole: false },
    ['beyond 27 % of the training\n', 'not tried: hash', 'stopped before its end'],
    ['too small'],
  ],
  [
    'nothing',
    { tried: [], untried: ['tt'], isWhole: false, chosen: 'instant plan' },
    [
      'nothing that fits was measured in time',
      'by assumptions alone',
      'not tried: tt',
      'chosen: instant plan',
    ],
    ['Infinity', 'NaN'],
  ],
])('the text says why no more was measured than %s', (_, { share = 1, ...plan }, words, others) => {
  const tried = [{ name: 'tt', single: 'tt', bytes: 1000, share, losses: [0.4] }];
  const made = { tried, chosen: 'tt', untried: [], isWhole: true, ...plan };
  const text = measuredText(made as unknown as MeasuredPlan, 'auc');
  for (const word of words) expect(text).toContain(word);
  for (const word of others) expect(text).not.toContain(word);
});

describe('the split to measure on', () => {
  const split = { by: 'column', column: 'date', validationFrom: 90, testFrom: 100 };
  const dataset = (rows: object, boundary?: object) =>
    ({
      rows: { train: 700, validation: 20, test: 280, ...rows },
      report: { boundary },
    }) as unknown as Parameters<typeof measuredSplit>[1];
  const data = (changes: object = {}) =>
    ({ format: 'csv', split: { ...split, ...changes } }) as unknown as Parameters<typeof measuredSplit>[0];

  test('by time looks as far ahead as the test rows, and leaves these alone', () => {
    const boundary = { column: 'date', validationFrom: 90, testFrom: 100, isMoved: false };
    expect(measuredSplit(data(), dataset({}, boundary))).toEqual({
      by: 'column',
      column: 'date',
      validation: 0.28,
      test: 0.28,
    });
    expect(measuredSplit(data({ by: 'last' }), dataset({}))).toEqual({
      by: 'last',
      validation: 0.28,
      test: 0.28,
    });
  });

  test('is that of the config where its validation rows look far enough, or rows are drawn', () => {
    const boundary = { column: 'date' };
    expect(measuredSplit(data(), dataset({ validation: 150 }, boundary))).toBeUndefined();
    expect(measuredSplit(data({ by: 'random' }), dataset({}))).toBeUndefined();
  });
});
