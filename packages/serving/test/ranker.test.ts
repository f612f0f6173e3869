import { createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { openDataset } from '@ttrec/data';
import { openRanker } from '@ttrec/serving';
import { openRun, openStoredModel } from '@ttrec/training/run-folder';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { clickRows, dataConfig, temporaryFolder, trainedRun } from './trained-run.ts';

const folder = temporaryFolder();
const rows = clickRows(400);
let run: string;

beforeAll(async () => {
  run = await trainedRun(folder, { kind: 'hash', buckets: 20, into: { kind: 'tt', ranks: 2 } });
});

/** The logits of the file's rows, as `evaluate` computes them: read by a dataset, on a model with its optimizer state. */
async function testedLogits(checkpoint?: string): Promise<number[]> {
  await using backend = createCpuBackend();
  const opened = await openRun(run);
  const { model, encoding } = await openStoredModel(opened, backend, { checkpoint });
  const data = await openDataset(
    { ...dataConfig, path: join(folder, 'clicks.csv') },
    { seed: 5, scoring: encoding! },
  );
  const logits: number[] = [];
  for await (const batch of data.batches({ split: 'test', batchSize: 100 }))
    logits.push(...(await model.predict(batch, { output: 'logits' })));
  return logits;
}

test.each(['latest', 'best', 'step-00000012', undefined])(
  'scores raw rows as training reads them from a file (checkpoint %s)',
  async (checkpoint) => {
    await using ranker = await openRanker(run, {
      backend: createCpuBackend(),
      ownsBackend: true,
      checkpoint,
    });
    const { logits, probabilities } = await ranker.score(rows);
    expect([...logits]).toEqual(await testedLogits(checkpoint));
    expect(new Set(logits).size).toBeGreaterThan(300);
    // The last bit of Math.exp is up to the engine.
    expect(probabilities[7]).toBeCloseTo(1 / (1 + Math.exp(-logits[7]!)), 15);
    const byColumn = Object.fromEntries(
      Object.keys(rows[0]!).map((name) => [name, rows.map((row) => row[name]!)]),
    );
    expect((await ranker.scoreColumns(byColumn)).logits).toEqual(logits);
  },
);

test('knows the columns of its rows', async () => {
  await using ranker = await openRanker(run, { backend: createCpuBackend(), ownsBackend: true });
  expect(ranker.columns).toEqual([
    { name: 'age', type: 'number', multiValued: false },
    { name: 'price', type: 'number', multiValued: false },
    { name: 'user', type: 'category', multiValued: false },
    { name: 'item', type: 'category', multiValued: false },
    { name: 'tags', type: 'category', multiValued: true },
  ]);
  expect(ranker.schema.features.map(({ name }) => name)).toEqual(['user', 'item', 'tags']);
  expect(ranker).toMatchObject({ source: run, step: 12 });
});

describe('many rows', () => {
  test.each([
    ['cpu', async () => createCpuBackend()],
    ['wasm', createWasmBackend],
  ])('on %s, a row has the same bits alone, among others, and in calls that overlap', async (_, create) => {
    await using ranker = await openRanker(run, { backend: await create(), ownsBackend: true });
    const many = Array.from({ length: 5000 }, (_, i) => rows[(i * 7) % rows.length]!);
    const [{ logits }, ...alone] = await Promise.all([
      ranker.score(many),
      ...rows.slice(0, 50).map((row) => ranker.score([row])),
    ]);
    const all = await ranker.score(rows);
    expect([...logits]).toEqual(many.map((_, i) => all.logits[(i * 7) % rows.length]));
    expect(alone.map((scores) => scores.logits[0])).toEqual([...all.logits.subarray(0, 50)]);
    expect((await ranker.score([])).logits).toEqual(new Float64Array(0));
  });
});

describe('rank', () => {
  const context = { user: rows[3]!['user']!, age: rows[3]!['age']! };
  const candidates = rows
    .slice(0, 100)
    .map(({ item, tags, price }) => ({ item: item!, tags: tags!, price: price! }));

  test('orders candidates by the logits that score gives for the joined rows', async () => {
    await using ranker = await openRanker(run, { backend: createCpuBackend(), ownsBackend: true });
    const { logits, probabilities } = await ranker.score(candidates.map((row) => ({ ...row, ...context })));
    const ranked = await ranker.rank(context, candidates);
    expect(ranked).toHaveLength(100);
    for (const { index, logit, probability } of ranked) {
      expect([logit, probability]).toEqual([logits[index], probabilities[index]]);
    }
    expect(ranked.map(({ index }) => index)).toEqual(
      Array.from(logits, (_, i) => i).sort((a, b) => logits[b]! - logits[a]! || a - b),
    );
    expect(await ranker.rank(context, candidates, { top: 5 })).toEqual(ranked.slice(0, 5));
    expect(await ranker.rank(context, [])).toEqual([]);
  });

  test('equal logits keep the order of the candidates', async () => {
    await using ranker = await openRanker(run, { backend: createCpuBackend(), ownsBackend: true });
    const ranked = await ranker.rank(
      context,
      [1, 0, 1, 1].map((at) => candidates[at]!),
    );
    const same = ranked.filter(({ index }) => index !== 1).map(({ index }) => index);
    expect(same).toEqual([0, 2, 3]);
  });
});

const refusals: [
  string,
  string,
  RegExp,
  (ranker: Awaited<ReturnType<typeof openRanker>>) => Promise<unknown>,
][] = [
  [
    'a missing column',
    'data/missing-column',
    /row 1: must have the column item/,
    (ranker) => ranker.score([rows[0]!, { user: 'u', age: 1, price: 1, tags: '' }]),
  ],
  [
    'a bad number',
    'data/bad-value',
    /row 0, column age: must be a decimal number/,
    (ranker) => ranker.score([{ ...rows[0]!, age: 'old' }]),
  ],
  ['no list', 'data/bad-rows', /rows: must be a list/, (ranker) => ranker.score({} as never)],
  [
    'a context that is a list',
    'serving/bad-context',
    /context: must be an object of values by column, got/,
    (ranker) => ranker.rank([] as never, []),
  ],
  [
    'candidates that are none',
    'data/bad-rows',
    /rows: must be a list/,
    (ranker) => ranker.rank({}, 'ab' as never),
  ],
  [
    'a candidate that is none',
    'data/bad-rows',
    /row 1: must be an object/,
    (ranker) => ranker.rank({}, [rows[0]!, 3 as never]),
  ],
  [
    'a column given twice',
    'serving/column-twice',
    /candidate 0, column user: must be in the context or in the candidates/,
    (ranker) => ranker.rank({ user: 'u' }, [rows[0]!]),
  ],
  [
    'a column given by neither',
    'data/missing-column',
    /row 0: must have the column user/,
    (ranker) => ranker.rank({ age: 1 }, [{ item: 'i', tags: '', price: 2 }]),
  ],
  [
    'no top',
    'serving/bad-top',
    /rank, top: must be an integer from 1, got 0/,
    (ranker) => ranker.rank({}, [], { top: 0 }),
  ],
  [
    'an unknown option',
    'serving/unknown-option',
    /Did you mean "top"/,
    (ranker) => ranker.rank({}, [], { topp: 1 } as never),
  ],
];

test.each(refusals)('refuses %s', async (_, code, message, call) => {
  await using ranker = await openRanker(run, { backend: createCpuBackend(), ownsBackend: true });
  const before = await ranker.score(rows.slice(0, 3));
  await expect(call(ranker)).rejects.toThrow(message);
  await expect(call(ranker)).rejects.toMatchObject({ code });
  expect(await ranker.score(rows.slice(0, 3))).toEqual(before);
});

test('dispose waits for the calls under way, frees every buffer, and ends the use', async () => {
  await using backend = createCpuBackend();
  const ranker = await openRanker(run, { backend });
  const scores = ranker.score(rows);
  await Promise.all([ranker.dispose(), ranker.dispose()]);
  expect((await scores).logits).toHaveLength(400);
  expect(backend.memory().bytes).toBe(0);
  await expect(ranker.score(rows)).rejects.toMatchObject({ code: 'serving/disposed' });
  await expect(openRanker(run, { backend, checkpoint: 'step-1' })).rejects.toMatchObject({
    code: 'training/unknown-checkpoint',
  });
  expect(backend.memory().bytes).toBe(0);
});
