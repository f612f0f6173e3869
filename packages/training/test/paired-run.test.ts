import { createCpuBackend } from '@ttrec/backend-cpu';
import type { Dataset } from '@ttrec/data';
import type { TableConfig, TableSpec } from '@ttrec/embeddings';
import { frequencyDeciles, pairedRun, type PairedRunOptions } from '@ttrec/training/compare';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { expect, test } from 'vitest';
import { clicks, modelFor, numbersOf } from './models.ts';

const backend = createCpuBackend();
const dataset = await clicks();
const config = parseConfig(
  trainConfigSchema,
  {
    name: 'paired',
    data: {
      format: 'synthetic',
      rows: { train: 312, validation: 60, test: 60 },
      cardinalities: [50, 200, 7],
    },
    model: { embeddingDim: 4, bottomMlp: [8], topMlp: [8] },
    training: { batchSize: 16, learningRate: 0.1 },
  },
  'paired.json',
);

const tablesOf = (configOf: (rows: number) => TableConfig, extra: Partial<TableSpec> = {}): TableSpec[] =>
  dataset.schema.features.map(({ table, numEmbeddings }) => ({
    name: table,
    numEmbeddings,
    config: configOf(numEmbeddings),
    ...extra,
  }));
const dense = tablesOf(() => ({ kind: 'dense' }));

async function run(changes: Partial<PairedRunOptions> = {}) {
  const options: PairedRunOptions = {
    backend,
    dataset,
    config,
    tables: dense,
    seed: { order: 1, start: 1 },
    regime: 'one-epoch',
    inFileOrder: false,
    ...changes,
  };
  return (await pairedRun(options))!;
}

test('the same numbers give the same model, and each seed changes it', async () => {
  const [first, again] = [await run(), await run()];
  expect(again.logits).toEqual(first.logits);
  expect(first).toMatchObject({ steps: 20, epochs: 1, testedStep: 20 });
  expect(first.labels).toHaveLength(60);
  for (const seed of [
    { order: 2, start: 1 },
    { order: 1, start: 2 },
  ]) {
    expect((await run({ seed })).logits).not.toEqual(first.logits);
  }
});

test('in the order of the file the seed of the order changes nothing', async () => {
  const inFile = (order: number) => run({ inFileOrder: true, seed: { order, start: 1 } });
  const [first, second] = [await inFile(1), await inFile(2)];
  expect(second.logits).toEqual(first.logits);
  expect((await run()).logits).not.toEqual(first.logits);
});

test('models of one start have the same MLPs, whatever their tables', async () => {
  const mlps = async (model: ReturnType<typeof modelFor>) =>
    Object.fromEntries(
      Object.entries(await numbersOf(model)).filter(([name]) => /^model (bottom|top)\./.test(name)),
    );
  const first = await mlps(modelFor(dataset, { tables: { default: { kind: 'dense' } } }));
  expect(Object.keys(first).length).toBeGreaterThan(3);
  expect(await mlps(modelFor(dataset, { tables: { default: { kind: 'tt', ranks: 2 } } }))).toEqual(first);
});

test('a hash with as many buckets as ids trains to the bits of the dense table', async () => {
  const full = tablesOf((rows) => ({
    kind: 'hash',
    buckets: rows,
    function: 'modulo',
    into: { kind: 'dense' },
  }));
  expect((await run({ tables: full })).logits).toEqual((await run()).logits);
});

test('several epochs end on validation, and the best weights are tested', async () => {
  const run20 = await run({ regime: 'several-epochs' });
  expect(run20.epochs).toBeGreaterThan(1);
  expect(run20.testedStep).toBeLessThan(run20.steps);
  // The weights that are tested are those of a run that ended there.
  const steps = run20.testedStep;
  const short = await run({
    regime: 'several-epochs',
    config: { ...config, training: { ...config.training, steps } },
  });
  expect(short.logits).toEqual(run20.logits);
  expect(short.validation).toEqual(run20.validation);
});

test('the rate of the tables is scaled alone', async () => {
  const rates = { embeddings: 0.05, dense: 0.1 };
  const parts = await run({ config: { ...config, training: { ...config.training, learningRate: rates } } });
  expect((await run({ tableRate: 0.5 })).logits).toEqual(parts.logits);
  const scheduled = (rate: number) => ({ kind: 'cosine', rate, steps: 15, final: rate / 10 }) as const;
  const halved = await run({
    tableRate: 0.5,
    config: { ...config, training: { ...config.training, learningRate: scheduled(0.1) } },
  });
  const explicit = { embeddings: scheduled(0.05), dense: scheduled(0.1) };
  const expected = await run({
    config: { ...config, training: { ...config.training, learningRate: explicit } },
  });
  expect(halved.logits).toEqual(expected.logits);
});

test('a signal stops a run, which then has no result', async () => {
  const stop = new AbortController();
  expect(
    await pairedRun({
      backend,
      dataset,
      config,
      tables: dense,
      seed: { order: 1, start: 1 },
      regime: 'one-epoch',
      inFileOrder: false,
      signal: stop.signal,
      onStep: ({ step }) => (step === 3 ? stop.abort() : undefined),
    }),
  ).toBeUndefined();
});

test('deciles follow the reads of the rarest id, rows alike stay together, and each has an AUC', async () => {
  const rows = [7, 7, 7, 1, 3, 3, 0, 9, 9, 9].map((id) => [id, 5]);
  const deciles = await frequencyDeciles(countedRows([...new Array(10).keys()], rows));
  // Id n is read n times by training, id 5 of the second feature in every row.
  expect([...deciles]).toEqual([5, 5, 5, 1, 3, 3, 0, 8, 8, 8]);
  const { decileAucs } = await run({ deciles: await frequencyDeciles(dataset) });
  expect(decileAucs).toHaveLength(10);
  const all = await run({ deciles: new Uint8Array(60).fill(4) });
  expect(all.decileAucs[4]).toBeCloseTo(all.test.auc!, 12);
  expect(all.decileAucs.filter((auc) => auc !== null)).toHaveLength(1);
});

test('a permuted table is the table inside for other ids: the same bytes, and no order of frequency', async () => {
  const tt = { kind: 'tt', ranks: 2 } as const;
  const permuted = tablesOf(() => ({ kind: 'permuted', into: tt }));
  const [plain, other] = [await run({ tables: tablesOf(() => tt) }), await run({ tables: permuted })];
  expect(other.logits).not.toEqual(plain.logits);
  const inner = tablesOf(() => ({ kind: 'permuted', into: { kind: 'dense' } }));
  // Rows are drawn alike for every id: only which id has which differs.
  expect(Math.abs((await run({ tables: inner })).test.logLoss - (await run()).test.logLoss)).toBeLessThan(
    0.2,
  );
});

/** Test rows of two features; training reads id n of the first n times, each time with id 5 of the second. */
function countedRows(ids: readonly number[], test: readonly (readonly number[])[]): Dataset {
  const train = ids.flatMap((id) => new Array<readonly number[]>(id).fill([id, 5]));
  const batchOf = (rows: readonly (readonly number[])[]) => ({
    size: rows.length,
    features: [0, 1].map((f) => ({
      indices: Uint32Array.from(rows, (row) => row[f]!),
      offsets: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i),
    })),
  });
  const table = (name: string) => ({ name, table: name, numEmbeddings: 10, multiValued: false });
  return {
    schema: { dense: [], features: [table('a'), table('b')] },
    async *batches({ split }: { split: string }) {
      yield batchOf(split === 'train' ? train : test);
    },
  } as unknown as Dataset;
}
