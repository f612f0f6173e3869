import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@ttrec/core';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { trainIn } from './in-process.ts';

/** Rows of clicks as a shop logs them: texts, numbers, lists, and cells that are empty. */
export function clickRows(count: number) {
  const stream = new RandomStream(7, 'clicks');
  const pick = (most: number) => stream.nextInteger(most);
  return Array.from({ length: count }, () => ({
    user: `user-${pick(40)}`,
    item: `item-${pick(25)}`,
    tags: Array.from({ length: pick(4) }, () => `tag ${pick(9)}`).join('|'),
    age: pick(10) === 0 ? '' : String(18 + pick(60)),
    price: (pick(10_000) / 100).toFixed(2),
  }));
}

/** Trains a run on raw values of a file, with checkpoints step-00000006 and step-00000012. Returns its folder. */
export async function clicksRun(folder: string): Promise<string> {
  const path = join(folder, 'clicks.csv');
  const lines = clickRows(400).map((row, i) => [...Object.values(row), i % 2].join(','));
  writeFileSync(path, ['user,item,tags,age,price,click', ...lines, ''].join('\n'));
  const ids = { kind: 'vocabulary' };
  const input = {
    name: 'clicks',
    seed: 5,
    data: {
      format: 'csv',
      path,
      label: { column: 'click', equals: '1' },
      dense: [
        { column: 'age', transform: 'standardise' },
        { column: 'price', transform: 'log1p' },
      ],
      features: [
        { column: 'user', ids },
        { column: 'item', ids },
        { column: 'tags', separator: '|', ids: { kind: 'hash', buckets: 30 } },
      ],
      split: { by: 'random', validation: 0.1, test: 0.2 },
    },
    model: { embeddingDim: 4, bottomMlp: [6], topMlp: [8] },
    training: { steps: 12, batchSize: 32, learningRate: 0.2, checkpointEvery: 6 },
  };
  const run = join(folder, 'clicks');
  await trainIn(run, parseConfig(trainConfigSchema, input, 'clicks.json'));
  return run;
}
