import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, ttrec } from './command.ts';
import { records, resumeIn, savedTensors, timelessRecords, trainIn } from './in-process.ts';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const rows = Array.from(
  { length: 400 },
  (_, i) => `i${i % 13},u${i % 7},${(i * i) % 11 < 5 ? 1 : 0},${i % 4}`,
);
writeFileSync(join(folder, 'rows.csv'), ['item,user,clicked,importance', ...rows, ''].join('\n'));

const data = {
  format: 'csv',
  path: join(folder, 'rows.csv'),
  label: { column: 'clicked', equals: '1' },
  weight: 'importance',
  features: [{ column: 'item' }, { column: 'user' }],
  split: { by: 'random', validation: 0.2, test: 0.2 },
};
const config = (steps: number) =>
  parseConfig(
    trainConfigSchema,
    { ...tinyConfig({ training: { epochs: 1, steps, batchSize: 16, logEvery: 7 } }), data },
    'weighted.json',
  );

test('a run on rows with weights that is stopped and resumed is the one that never stopped, bit for bit', async () => {
  const [whole, halves] = [join(folder, 'whole'), join(folder, 'halves')];
  await trainIn(whole, config(20));
  // Step 10 is within a window of 7 steps.
  await trainIn(halves, config(10));
  await resumeIn(halves, { steps: 20 });
  expect(savedTensors(halves)).toEqual(savedTensors(whole));
  expect(timelessRecords(halves)).toEqual(timelessRecords(whole));
  const final = records(whole).at(-1) as unknown as { test: { rows: number; weight: number } };
  expect(final.test.weight).not.toBe(final.test.rows);
  const { stdout } = await ttrec('evaluate', whole);
  expect(stdout).toMatch(/on \d+ rows of weight \d+, weights of step/);
});
