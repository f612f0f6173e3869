import { createCpuBackend } from '@ttrec/backend-cpu';
import { createNativeBackend, nativeBackendFactory } from '@ttrec/backend-native';
import { createWasmBackend } from '@ttrec/backend-wasm';
import type { Backend } from '@ttrec/backend';
import { cost, EmbeddingBag, type OptimizerConfig, type TableConfig } from '@ttrec/embeddings';
import { normals, sampleBags, singles } from '@ttrec/testkit/backend';
import { refusal } from '@ttrec/test-support';
import { describe, expect, test } from 'vitest';
import { readState } from './host-values.ts';

const size = { numEmbeddings: 500, embeddingDim: 8 };
const levels = [
  { bits: 8, largest: 127, range: 8 },
  { bits: 4, largest: 7, range: 4 },
  { bits: 2, largest: 1.5, range: 1.5 },
] as const;

function bagOf(
  table: TableConfig,
  backend: Backend = createCpuBackend(),
  optimizer: OptimizerConfig = { rule: 'adagrad' },
): EmbeddingBag {
  return new EmbeddingBag({ backend, ...size, table, optimizer });
}

const everyId = singles(Array.from({ length: size.numEmbeddings }, (_, id) => id));

async function stepOn(bag: EmbeddingBag, label: string, learningRate = 0.1): Promise<void> {
  const bags = sampleBags(size.numEmbeddings, label);
  bag.forward(bags);
  bag.backward({ gradOut: normals((bags.offsets.length - 1) * size.embeddingDim, label), learningRate });
  await bag.settled();
}

async function scaleOf(bag: EmbeddingBag): Promise<number> {
  return (await readState(bag)).find(({ name }) => name.endsWith('.scale'))!.data[0]!;
}

describe.each(levels)('$bits bits', ({ bits, largest, range }) => {
  test('changes of less than a step are kept in the mean', async () => {
    const bag = bagOf({ kind: 'integers', bits }, undefined, { rule: 'sgd' });
    await stepOn(bag, 'first', 0.1);
    const step = await scaleOf(bag);
    const before = await bag.toDense();
    bag.forward(everyId);
    const change = 0.3 * step;
    bag.backward({ gradOut: new Float32Array(before.length).fill(-change / 1e-3), learningRate: 1e-3 });
    const moved = (await bag.toDense()).map((value, at) => (value - before[at]!) / step);
    const isWithin = (at: number) => before[at]! + step < largest * step * (1 - 1e-6);
    const counted = moved.filter((_, at) => isWithin(at));
    for (const value of counted) expect(Math.min(Math.abs(value), Math.abs(value - 1))).toBeLessThan(1e-4);
    const mean = counted.reduce((sum, value) => sum + value, 0) / counted.length;
    // Five standard errors of so many draws of 0 or 1.
    expect(counted.length).toBeGreaterThan(1000);
    expect(Math.abs(mean - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / counted.length));
  });

  test('numbers that a step takes past float32 are refused, then and by what reads them', async () => {
    const bag = bagOf({ kind: 'integers', bits }, undefined, { rule: 'sgd' });
    await stepOn(bag, 'first', 1e-3);
    bag.forward(singles([3, 7]));
    const gradOut = new Float32Array(2 * size.embeddingDim).fill(3e38);
    const step = async () => {
      bag.backward({ gradOut, learningRate: 10 });
      await bag.settled();
    };
    await expect(step()).rejects.toThrow(refusal('embeddings/not-finite', 'row 3, column 0'));
    await expect(async () => bag.toDense()).rejects.toThrow(refusal('embeddings/not-finite'));
  });

  test('the step follows the learning rate, and numbers stay in its range', async () => {
    const bag = bagOf({ kind: 'integers', bits });
    await stepOn(bag, 'first', 0.5);
    expect(await scaleOf(bag)).toBe(Math.fround((range * 0.5) / largest));
    await stepOn(bag, 'lower', 0.1);
    await stepOn(bag, 'little more', 0.6);
    expect(await scaleOf(bag)).toBe(Math.fround((range * 0.5) / largest));
    await stepOn(bag, 'more', 1);
    expect(await scaleOf(bag)).toBe(Math.fround(range / largest));
    for (let step = 0; step < 120; step++) {
      bag.forward(everyId);
      bag.backward({ gradOut: new Float32Array(everyId.indices.length * 8).fill(-1), learningRate: 1 });
    }
    const rows = await bag.toDense();
    // Adagrad has moved each by the sum of 1/√n, 21, or less where it has seen gradients before.
    expect(new Set(rows)).toEqual(new Set([Math.fround(range)]));
  });

  test('costs its codes without gaps, a step, and in training what the optimizer keeps', () => {
    const table: TableConfig = { kind: 'integers', bits };
    const odd = { numEmbeddings: 13, embeddingDim: 3 };
    const bytes = Math.ceil((13 * 3 * bits) / 8) + 4;
    expect(cost(table, odd).bytes).toBe(bytes);
    // The last are the word of its rounding, and updates done.
    expect(cost(table, odd, { rule: 'rowwise-adagrad' }).trainingBytes).toBe(bytes + 4 * 13 + 8);
    expect(cost(table, odd, { rule: 'adagrad' }).trainingBytes).toBe(bytes + 4 * 13 * 3 + 8);
    const lowRank = { kind: 'low-rank', rank: 1, bits } as const;
    expect(cost(lowRank, odd).bytes).toBe(Math.ceil((13 * bits) / 8) + 4 + 4 * 3);
  });
});

const tables: Record<string, TableConfig> = {
  rows: { kind: 'integers', bits: 4 },
  cores: { kind: 'integers', into: { kind: 'tt', ranks: 3 } },
  'low-rank': { kind: 'low-rank', rank: 3, bits: 8 },
  sum: {
    kind: 'sum',
    parts: [
      { kind: 'tt', ranks: 3 },
      { kind: 'low-rank', rank: 1, bits: 2 },
    ],
  },
};

async function trainedState(table: TableConfig, backend: Backend): Promise<unknown[]> {
  const bag = bagOf(table, backend);
  for (let step = 0; step < 5; step++) await stepOn(bag, `step ${step}`);
  const state = await readState(bag);
  await backend.dispose();
  return state;
}

describe.each(Object.entries(tables))('%s', (_, table) => {
  test('has the same bits on any number of threads, on wasm and native', async () => {
    const alone = await trainedState(table, await createWasmBackend());
    expect(await trainedState(table, await createWasmBackend({ threads: 3 }))).toEqual(alone);
    if (!(await nativeBackendFactory.availability()).available) return;
    expect(await trainedState(table, await createNativeBackend({ threads: 2 }))).toEqual(alone);
  });

  test('trains alike on an engine that is read asynchronously, each step awaited', async () => {
    const asynchronous = { ...createCpuBackend() };
    delete (asynchronous as { readSync?: unknown }).readSync;
    expect(await trainedState(table, asynchronous)).toEqual(await trainedState(table, createCpuBackend()));
  });

  test('refuses to be read there before a step has ended', async () => {
    const asynchronous = { ...createCpuBackend() };
    delete (asynchronous as { readSync?: unknown }).readSync;
    const bag = bagOf(table, asynchronous);
    const pending = stepOn(bag, 'not awaited');
    for (const training of [true, false])
      expect(() => bag.forward(everyId, { training })).toThrow(
        refusal('embeddings/refresh-pending', 'must await what the last step began', 'settled()'),
      );
    // Those that wait for it.
    const rows = await bag.rows(Uint32Array.of(3));
    await pending;
    expect(await bag.rows(Uint32Array.of(3))).toEqual(rows);
  });

  test('trains few rows after many were read', async () => {
    const bag = bagOf(table);
    await stepOn(bag, 'few');
    bag.forward(everyId, { training: false });
    await stepOn(bag, 'few again');
    const twin = bagOf(table);
    await stepOn(twin, 'few');
    await stepOn(twin, 'few again');
    expect(await bag.toDense()).toEqual(await twin.toDense());
  });

  test('keeps its rows when it grows, and new ones start small', async () => {
    const bag = bagOf(table);
    for (let step = 0; step < 5; step++) await stepOn(bag, `step ${step}`, 1);
    const grown = await bag.grow(2000);
    expect(await grown.read(0, 500)).toEqual(await bag.toDense());
    const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
    const [old, fresh] = [squares(await bag.toDense()) / 500, squares(await grown.read(500, 2000)) / 1500];
    expect(fresh).toBeLessThan(old);
    await stepOn(grown, 'after');
  });
});

test('rounding is of its own for each seed, and saved', async () => {
  const table: TableConfig = { kind: 'integers' };
  const words = await Promise.all(
    [1, 2].map(async (seed) => {
      const bag = new EmbeddingBag({ backend: createCpuBackend(), ...size, table, seed });
      await stepOn(bag, 'step');
      const { data } = (await readState(bag)).find(({ name }) => name === 'weight.rounding')!;
      expect(data[1]).toBe(1);
      return data[0];
    }),
  );
  expect(words[0]).not.toBe(words[1]);
});

test.each<[object, string, string]>([
  [{ kind: 'integers', bits: 3 }, 'bad-option', 'bits: must be one of 8, 4, 2, got 3'],
  [{ kind: 'integers', range: 0 }, 'bad-option', 'range: must be a number above 0, got 0'],
  [{ kind: 'integers', into: { kind: 'low-rank', rank: 2 } }, 'bad-into', 'must be one of dense, tt'],
  [
    { kind: 'integers', bits: 4, into: { kind: 'tt', ranks: 2 } },
    'bad-integers',
    'bits: must be 8 with cores',
  ],
  [{ kind: 'integers', range: 2, into: { kind: 'tt', ranks: 2 } }, 'bad-integers', 'range: must be left out'],
  [{ kind: 'integers', into: { kind: 'tt', ranks: 2, prefixTable: true } }, 'bad-integers', 'prefixTable'],
  [{ kind: 'sum', parts: [{ kind: 'dense' }] }, 'bad-option', 'parts: must have at least 2 items'],
  [{ kind: 'sum', parts: [{ kind: 'dense' }, { kind: 'dens' }] }, 'unknown-kind', 'parts.1.kind'],
  [
    { kind: 'sum', parts: [{ kind: 'dense' }, { kind: 'dense' }], shares: [1, 1, 1] },
    'bad-shares',
    'shares: must be one for each of the 2 parts, got 3',
  ],
  [
    { kind: 'pool', chunk: 3, buckets: 9 },
    'bad-chunk',
    'chunk: must divide the embedding dimension 8, got 3',
  ],
  [{ kind: 'hash', buckets: 5, importance: 3, into: { kind: 'dense' } }, 'bad-importance', 'got 1 probe'],
  [
    { kind: 'hash', buckets: 5, probes: 2, signs: true, importance: 3, into: { kind: 'dense' } },
    'bad-importance',
    'without signs',
  ],
  [
    { kind: 'vocabulary-limit', rows: 501, into: { kind: 'dense' } },
    'bad-rows-limit',
    'rows: must be an integer from 1 to the 500 rows of the table, got 501',
  ],
])('%j is refused', (config, code, words) => {
  expect(() => cost(config as TableConfig, size)).toThrow(refusal(`embeddings/${code}`, words));
});

test('cores have no rule by rows', () => {
  const table: TableConfig = { kind: 'integers', into: { kind: 'tt', ranks: 2 } };
  const price = () => cost(table, size, { rule: 'rowwise-adagrad' });
  expect(price).toThrow(refusal('embeddings/unsupported-optimizer', 'cores have no rows of the table'));
});
