import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@ttrec/core';
import { ttrec } from './server.ts';

const TRAINING_ROWS = 4000;
const STEPS = [20, 40] as const;

/** The checkpoints of the run. */
export const checkpoints = STEPS.map((step) => `step-${String(step).padStart(8, '0')}`);
export const INFER = '/v2/models/clicks/infer';

const stream = new RandomStream(1, 'soak/clicks');
const pick = (most: number) => stream.nextInteger(most);
const row = () => ({
  user: `user-${pick(500)}`,
  item: `item-${pick(900)}`,
  tags: Array.from({ length: pick(4) }, () => `tag ${pick(40)}`).join('|'),
  price: String(pick(10_000) / 100),
});

/** Trains a run on clicks, with two checkpoints. Returns its folder. */
export async function trainClicks(folder: string): Promise<string> {
  const path = join(folder, 'clicks.csv');
  const lines = Array.from({ length: TRAINING_ROWS }, () => [...Object.values(row()), pick(2)].join(','));
  writeFileSync(path, ['user,item,tags,price,click', ...lines, ''].join('\n'));
  const config = join(folder, 'clicks.json');
  const input = {
    name: 'clicks',
    data: {
      format: 'csv',
      path,
      label: { column: 'click', equals: '1' },
      dense: [{ column: 'price', transform: 'log1p' }],
      features: [{ column: 'user' }, { column: 'item' }, { column: 'tags', separator: '|' }],
      split: { by: 'last', validation: 0.1, test: 0.1 },
    },
    model: {
      embeddingDim: 16,
      bottomMlp: [64],
      topMlp: [64, 32],
      tables: { byName: { item: { kind: 'tt', ranks: 8 } } },
    },
    training: { steps: STEPS[1], batchSize: 128, checkpointEvery: STEPS[0], evaluateEvery: STEPS[0] },
  };
  writeFileSync(config, JSON.stringify(input));
  const run = join(folder, 'run');
  await ttrec('train', config, '--out', run);
  return run;
}

/** A request: one user against so many items. */
export function rankingBody(items: number): string {
  const rows = Array.from({ length: items }, row);
  const column = (name: keyof ReturnType<typeof row>, of = rows) => ({
    name,
    datatype: 'BYTES',
    shape: [of.length],
    data: of.map((each) => each[name]),
  });
  return JSON.stringify({
    id: 'soak',
    parameters: { broadcast: true },
    inputs: [column('user', rows.slice(0, 1)), column('item'), column('tags'), column('price')],
    outputs: [{ name: 'logits' }],
  });
}
