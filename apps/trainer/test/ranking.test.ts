import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FinalRecord } from '@ttrec/training/records';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { afterAll, expect, test } from 'vitest';
import { evaluate } from '../src/commands/evaluate.ts';
import { clickRows } from './clicks-run.ts';
import { commandInProcess, listeningOutput, recordOf, records, trainIn } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttrec-ranking-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a run with a group column and drawn negatives reports rankings in training, at its end, and in evaluate', async () => {
  const path = join(folder, 'wants.csv');
  const wants = clickRows(300).map(({ user, item }) => `${user},${item}`);
  writeFileSync(path, ['user,item', ...new Set(wants), ''].join('\n'));
  const config = {
    name: 'wants',
    data: {
      format: 'csv',
      path,
      label: { every: 'positive' },
      negatives: { user: 'user', item: 'item', ratio: 3, by: 'popularity' },
      group: 'user',
      features: [{ column: 'user' }, { column: 'item' }],
      split: { by: 'random', validation: 0.2, test: 0.2 },
    },
    model: { embeddingDim: 4, bottomMlp: [4], topMlp: [4] },
    training: { epochs: 2, batchSize: 64 },
  };
  const run = join(folder, 'run');
  const output = listeningOutput();
  const outcome = await trainIn(run, parseConfig(trainConfigSchema, config, 'wants.json'), output);
  const { final } = outcome as { readonly final: FinalRecord };
  const { ranking } = final.test;
  expect(ranking).toMatchObject({ k: 10 });
  for (const name of ['gauc', 'ndcg', 'mrr', 'recall'] as const) expect(ranking![name]).toBeGreaterThan(0.2);
  expect(final.data.negatives).toMatchObject({ ratio: 3, by: 'popularity', users: 40, items: 25 });
  const validations = records(run).filter((record) => record.type === 'validation');
  expect(validations).toHaveLength(2);
  for (const validation of validations) expect(validation.ranking!.groups).toBeGreaterThan(10);
  const said = output.said.join('\n');
  expect(said).toContain('negatives 3 for each positive row, by popularity, of 25 items and 40 users');
  const line = `NDCG@10 ${ranking!.ndcg!.toFixed(4)}`;
  expect(said).toContain(line);

  const record = await recordOf((flags) => evaluate(run, flags));
  expect(record).toMatchObject({ test: { ranking } });
  const { stdout } = await commandInProcess(['evaluate', run]);
  expect(stdout).toContain(line);
  expect(stdout).toMatch(/^by group GAUC 0\.\d+, NDCG@10 .* over \d+ groups with positives$/m);
});
