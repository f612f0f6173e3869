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
  const held = join(folder, 'held');
  await trainIn(held, config(1e9));
  const apart = (records: unknown[]) => records.slice(0, -1);
  for (const readingThread of [true, false]) {
    const read = join(folder, `read-${readingThread}`);
    const output = listeningOutput();
    const outcome = await trainIn(read, config(0), output, readingThread);
    const said = 'they are read from disk a window at a time';
    expect(output.said.join('\n')).toMatch(
      new RegExp(`${said}${readingThread ? ', ahead of training, by a separate thread' : ''}$`, 'm'),
    );
    expect(outcome).toMatchObject({ final: { data: { rowsAre: 'streamed', readingThread } } });
    expect(savedTensors(read)).toEqual(savedTensors(held));
    expect(apart(timelessRecords(read))).toEqual(apart(timelessRecords(held)));
  }
});
