import { createRegistry } from '@ttrec/backend';
import { cpuBackendFactory } from '@ttrec/backend-cpu';
import { openDataset, type DataConfig } from '@ttrec/data';
import type { RawRow } from '@ttrec/data/encoding';
import type { TableConfig } from '@ttrec/embeddings';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { buildRunModel, startRun, trainRun } from '@ttrec/training/run-folder';
import { RandomStream } from '@ttrec/core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder that goes when the tests of the file have run. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ttrec-test-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Rows of clicks as a shop logs them: texts, numbers, lists, and cells that are empty. */
export function clickRows(count: number): (RawRow & { readonly click: number })[] {
  const stream = new RandomStream(7, 'clicks');
  const pick = (most: number) => stream.nextInteger(most);
  return Array.from({ length: count }, () => {
    const user = `user-${pick(40)}`;
    const item = `item-${pick(25)}`;
    const tags = Array.from({ length: pick(4) }, () => `tag ${pick(9)}`).join('|');
    const age = pick(10) === 0 ? '' : String(18 + pick(60));
    const price = (pick(10_000) / 100).toFixed(2);
    return { user, item, tags, age, price, click: (item.length + pick(3)) % 2 };
  });
}

export const dataConfig: Omit<Extract<DataConfig, { format: 'csv' }>, 'path'> = {
  format: 'csv',
  label: { column: 'click', equals: '1' },
  dense: [
    { column: 'age', transform: 'standardise' },
    { column: 'price', transform: 'log1p' },
  ],
  features: [
    { column: 'user', ids: { kind: 'vocabulary' } },
    { column: 'item', ids: { kind: 'vocabulary', unseen: 'hash', unseenRows: 3 } },
    { column: 'tags', separator: '|', ids: { kind: 'hash', buckets: 30 } },
  ],
  split: { by: 'random', validation: 0.1, test: 0.2 },
};

/** A run of a few steps on 400 rows, whose file is `clicks.csv` beside it. */
export async function trainedRun(folder: string, user: TableConfig = { kind: 'dense' }): Promise<string> {
  const path = join(folder, 'clicks.csv');
  const rows = clickRows(400);
  const columns = Object.keys(rows[0]!);
  const lines = rows.map((row) => columns.map((column) => String(row[column])).join(','));
  writeFileSync(path, [columns.join(','), ...lines, ''].join('\n'));
  const config = parseConfig(
    trainConfigSchema,
    {
      name: 'clicks',
      seed: 5,
      data: { ...dataConfig, path },
      model: { embeddingDim: 4, bottomMlp: [6], topMlp: [8], tables: { byName: { user } } },
      training: { steps: 12, batchSize: 32, learningRate: 0.2, checkpointEvery: 6 },
    },
    'clicks.json',
  );
  const out = join(folder, 'run');
  const run = await startRun({ config, baseDirectory: folder, out });
  const engine = await createRegistry([cpuBackendFactory]).select();
  try {
    const dataset = await openDataset(config.data, { seed: config.seed, baseDirectory: folder });
    const model = buildRunModel(engine.backend, config, dataset);
    await trainRun({ run, dataset, engine, model });
    return out;
  } finally {
    await engine.backend.dispose();
    await run.claim.release();
  }
}
