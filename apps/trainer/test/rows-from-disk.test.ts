import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { expect, test } from 'vitest';
import { temporaryFolder } from './command.ts';
import { listeningOutput, savedTensors, timelessRecords, trainIn } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();

test('a run whose rows come from disk while kernels compute has the bits of one on rows in memory', async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => `i${i % 130},u${i % 70},${(i * i) % 11 < 5 ? 1 : 0}`);
  const path = join(folder, 'rows.csv');
  writeFileSync(path, ['item,user,clicked', ...rows].join('\n'));
  const config = (cacheBytes: number) => {
    const data = {
      format: 'csv',
      path,
      label: { column: 'clicked', equals: '1' },
      features: [{ column: 'item' }, { column: 'user' }],
      split: { by: 'random', validation: 0.1, test: 0.1 },
      shuffleWindow: 500,
      cacheBytes,
    };
    const { model, training } = tinyConfig({ training: { epochs: 2, evaluateEvery: 40 } });
    return parseConfig(trainConfigSchema, { name: 'disk', data, model, training }, 'disk.json');
  };
  const output = listeningOutput();
  const [held, read] = [join(folder, 'held'), join(folder, 'read')];
  await trainIn(held, config(1e9));
  await trainIn(read, config(0), output);
  expect(output.said.join('\n')).toContain('they are read from disk a window at a time');
  expect(savedTensors(read)).toEqual(savedTensors(held));
  const apart = (records: unknown[]) => records.slice(0, -1);
  expect(apart(timelessRecords(read))).toEqual(apart(timelessRecords(held)));
});
