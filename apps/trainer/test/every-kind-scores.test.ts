import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { openDataset } from '@ttrec/data';
import type { RawRow } from '@ttrec/data/encoding';
import type { TableConfig } from '@ttrec/embeddings';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { buildRunModel, openRun, readRunEncoding, restoreModelCheckpoint } from '@ttrec/training/run-folder';
import { rankerModel, type SentRequest } from '@ttrec/serving/http';
import { integers, trained } from '@ttrec/test-support';
import { openRanker, type Ranker } from 'ttrec';
import { beforeAll, describe, expect, test } from 'vitest';
import { compress } from '../src/commands/compress.ts';
import { exportRun } from '../src/commands/export.ts';
import { predict } from '../src/commands/predict.ts';
import { temporaryFolder } from './command.ts';
import { recordOf, trainIn } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const data = join(folder, 'clicks.csv');
/** 150 items, which 4 users meet. */
const rows = Array.from({ length: 450 }, (_, i) => ({
  user: `u${i % 4}`,
  item: `i${(i * 7) % 150}`,
  age: (i * 13) % 60,
  click: Number(((i * 7) % 150) % 3 === i % 2),
}));
writeFileSync(
  data,
  [
    'user,item,age,click',
    ...rows.map(({ user, item, age, click }) => [user, item, age, click].join(',')),
  ].join('\n'),
);

function configOf(item: TableConfig) {
  const { training } = tinyConfig({ training: { learningRate: 0.1, epochs: 1, batchSize: 32 } });
  return parseConfig(
    trainConfigSchema,
    {
      name: 'clicks',
      data: {
        format: 'csv',
        path: data,
        label: { column: 'click', equals: '1' },
        dense: [{ column: 'age', transform: 'standardise' }],
        features: [{ column: 'user' }, { column: 'item' }],
        split: { by: 'last', validation: 0.1, test: 0.1 },
      },
      model: { embeddingDim: 4, bottomMlp: [6], topMlp: [8], tables: { byName: { item } } },
      training,
    },
    'clicks.json',
  );
}

/** The logits of all rows as `evaluate` computes them: read by a dataset, with the model as it trained. */
async function evaluatedLogits(folderOfRun: string): Promise<number[]> {
  await using backend = await createWasmBackend();
  const { config, files } = await openRun(folderOfRun);
  const encoding = await readRunEncoding(files);
  const dataset = await openDataset(config.data, { seed: config.seed, scoring: encoding });
  const model = buildRunModel(backend, config, dataset);
  await restoreModelCheckpoint({ folder: folderOfRun, name: 'best', model, found: { config, encoding } });
  const logits: number[] = [];
  for await (const batch of dataset.batches({ split: 'test', batchSize: 2048 }))
    logits.push(...(await model.predict(batch, { output: 'logits' })));
  return logits;
}

/** The logits of all rows as a server answers them to requests that it scores together. */
async function servedLogits(ranker: Ranker): Promise<number[]> {
  const parts = [0, 7, 8, 150, 450];
  const requests = parts.slice(1).map((end, i): SentRequest => {
    const some = rows.slice(parts[i], end);
    const inputs = (['user', 'item', 'age'] as const).map((name) => ({
      name,
      datatype: name === 'age' ? 'FP64' : 'BYTES',
      shape: [some.length],
      data: some.map((row) => row[name]),
    }));
    const body = new TextEncoder().encode(JSON.stringify({ inputs, outputs: [{ name: 'logits' }] }));
    return { protocol: 'infer', body };
  });
  const results = await rankerModel(ranker).answer(requests, { name: 'clicks', version: '1' });
  return results.flatMap((result) => {
    if ('fault' in result) throw new Error(result.fault.message);
    const { outputs } = JSON.parse(result.answer.body as string) as { outputs: [{ data: number[] }] };
    return outputs[0].data;
  });
}

/** The same rows have the same bits, however they are scored. */
async function expectSameBits(run: string): Promise<void> {
  const expected = await evaluatedLogits(run);
  expect(new Set(expected).size).toBeGreaterThan(50);
  const out = join(folder, 'scores.jsonl');
  await recordOf((json) =>
    predict(run, {
      ...json,
      data,
      out,
      keep: ['user', 'item'],
      force: true,
      backend: 'wasm',
      checkpoint: 'best',
    }),
  );
  const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
  const predicted = lines.map((line) => JSON.parse(line) as { user: string; item: string; logit: number });
  expect(predicted.map(({ logit }) => logit)).toEqual(expected);
  expect(predicted.map(({ user, item }) => [user, item])).toEqual(rows.map(({ user, item }) => [user, item]));
  const { file } = await recordOf((json) =>
    exportRun(run, {
      ...json,
      format: 'model',
      checkpoint: 'best',
      out: join(folder, 'm.safetensors'),
      force: true,
    }),
  );
  for (const source of [run, String(file)]) {
    await using ranker = await openRanker(source, {
      backend: 'wasm',
      ...(source === run ? { checkpoint: 'best' } : {}),
    });
    expect([...(await ranker.score(rows)).logits]).toEqual(expected);
    for (const { user, age } of rows.slice(0, 3)) {
      const items: RawRow[] = rows.slice(0, 60).map(({ item }) => ({ item }));
      const context = { user, age };
      const { logits } = await ranker.score(items.map((item) => ({ ...item, ...context })));
      const ranked = await ranker.rank(context, items);
      expect(ranked.map(({ index, logit }) => [index, logit])).toEqual(
        Array.from(logits, (logit, index) => [index, logit] as const).sort(
          (a, b) => b[1] - a[1] || a[0] - b[0],
        ),
      );
    }
    expect(await servedLogits(ranker)).toEqual(expected.map(Math.fround));
    for (const at of [0, 17, 449]) expect((await ranker.score([rows[at]!])).logits[0]).toBe(expected[at]);
  }
}

describe.each(Object.entries(trained))('%s', (name, table) => {
  test('evaluate, predict, score, rank and the server give the same bits, from the run and from its file', async () => {
    const run = join(folder, name);
    await trainIn(run, configOf(table));
    await expectSameBits(run);
  });
});

describe('a dense table that is compressed', () => {
  const run = join(folder, 'to-compress');
  beforeAll(async () => {
    await trainIn(run, configOf({ kind: 'dense' }));
  });

  test.each(Object.entries(integers))('to %s gives the same bits everywhere', async (name, config) => {
    const out = join(folder, name);
    await recordOf((json) => compress(run, { ...json, table: 'item', config, out, backend: 'cpu' }));
    await expectSameBits(out);
  });
});
