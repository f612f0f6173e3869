import { createCpuBackend } from '@ttrec/backend-cpu';
import { normals, sampleBags, singles } from '@ttrec/testkit/backend';
import { EmbeddingBag, type TableConfig } from '@ttrec/embeddings';
import { grownConfig } from '@ttrec/embeddings/configs';
import { describe, expect, test } from 'vitest';
import { readBlock } from './host-values.ts';
import { refusal } from '@ttrec/test-support';

const dense = { kind: 'dense' } as const;
const tt = { kind: 'tt', ranks: [3, 5] } as const;
const size = { numEmbeddings: 60, embeddingDim: 8 };
const optimizer = { rule: 'adagrad' } as const;

const growing: readonly (readonly [string, TableConfig])[] = [
  ['dense', dense],
  ['tt', tt],
  ['tt of 1 core', { kind: 'tt', cores: 1, ranks: 1 }],
  ['tt of 4 cores', { kind: 'tt', cores: 4, ranks: 2 }],
  ['hash', { kind: 'hash', buckets: 7, into: dense }],
  ['hash of probes', { kind: 'hash', buckets: 7, probes: 2, signs: true, into: tt }],
  ['hot-cold', { kind: 'hot-cold', hot: 12, cold: tt }],
  ['bands', { kind: 'bands', edges: [3, 12], tables: [{ kind: 'dense' }, tt, tt] }],
  [
    'hot-cold, all parts nested',
    { kind: 'hot-cold', hot: 12, hotTable: tt, cold: { kind: 'low-rank', rank: 2 } },
  ],
  [
    'quotient and remainder',
    { kind: 'compositional', method: 'quotient-remainder', buckets: 9, combine: 'sum' },
  ],
  ['hashes', { kind: 'compositional', method: 'hashes', buckets: 9, combine: 'product' }],
  ['low-rank', { kind: 'low-rank', rank: 3 }],
  ['mixed-dimension', { kind: 'mixed-dimension', dim: 4, into: tt }],
  ['cached', { kind: 'cached', rows: 4, into: tt, warmUp: 1, refreshEvery: 2 }],
];

async function trained(table: TableConfig) {
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({ backend, ...size, table, optimizer });
  for (let step = 0; step < 5; step++) await train(bag, step, 60);
  return { backend, bag };
}

async function train(bag: EmbeddingBag, step: number, ids: number): Promise<void> {
  const bags = sampleBags(ids, `step ${step}`);
  bag.forward(bags);
  bag.backward({ gradOut: normals((bags.offsets.length - 1) * 8, `grad ${step}`), learningRate: 0.1 });
  await bag.settled();
}

describe.each(growing)('%s', (_, table) => {
  // 61: one more. 64: within what a TT of 60 rows may have. 250: far beyond.
  test.each([60, 61, 64, 250])('keeps every row bit for bit among %i', async (numEmbeddings) => {
    const { bag } = await trained(table);
    const grown = await bag.grow(numEmbeddings);
    expect(grown.numEmbeddings).toBe(numEmbeddings);
    expect(await grown.read(0, 60)).toEqual(await bag.toDense());
    const added = await grown.read(60, numEmbeddings);
    expect(added.every(Number.isFinite)).toBe(true);
    if (numEmbeddings > 64) expect(new Set(added).size).toBeGreaterThan(8);
  });

  // What a cache writes back weighs the new slices too, which nobody has looked up yet, a little.
  test.skipIf(table.kind === 'cached')('trains on as it did: the same steps on old ids', async () => {
    const { bag } = await trained(table);
    const grown = await bag.grow(250);
    for (let step = 5; step < 9; step++) {
      await train(bag, step, 60);
      await train(grown, step, 60);
    }
    expect(await grown.read(0, 60)).toEqual(await bag.toDense());
  });

  test('trains its new rows, and may grow again', async () => {
    const { backend, bag } = await trained(table);
    const once = await bag.grow(100);
    const twice = await once.grow(300);
    expect(await twice.read(0, 100)).toEqual(await once.toDense());
    const before = await readBlock(backend, twice.forward(singles([299])));
    twice.backward({ gradOut: new Float32Array(8).fill(1), learningRate: 0.1 });
    await twice.settled();
    expect(await twice.row(299)).not.toEqual(before);
  });
});

test('new dense rows start as those of a table of that size', async () => {
  const { bag } = await trained(dense);
  const grown = await bag.grow(5000);
  const added = await grown.read(60, 5000);
  const variance = added.reduce((sum, value) => sum + value ** 2, 0) / added.length;
  // Five standard errors of 39,520 uniform numbers: 5·sqrt(4/5 / 39520).
  expect(Math.abs(variance * 3 * 5000 - 1)).toBeLessThan(0.0225);
});

test('a tensor train grows in its first row factor alone', () => {
  expect(grownConfig(tt, size, 64)).toMatchObject({
    rowShape: [4, 4, 5],
    ranks: [1, 3, 5, 1],
    colShape: [2, 2, 2],
  });
  expect(grownConfig(tt, size, 250)).toMatchObject({ rowShape: [13, 4, 5] });
  // Criteo's third feature, a tenth more: 220·250 rows a slice.
  const large = { numEmbeddings: 10_131_227, embeddingDim: 16 };
  expect(grownConfig({ kind: 'tt', ranks: 32 }, large, 11_144_350)).toMatchObject({
    rowShape: [203, 220, 250],
  });
});

describe('what cannot grow says so', () => {
  test.each<[TableConfig, string]>([
    [{ kind: 'int8', into: dense }, 'table kind "int8": must be one to which rows can be appended'],
    [
      { kind: 'hot-cold', hot: 3, cold: { kind: 'int4', into: dense } },
      'grow that one, and convert it again',
    ],
    [
      { kind: 'compositional', method: 'quotient-remainder', buckets: 5, combine: 'sum', into: tt },
      'quotients and remainders in tables of kind "tt": must be in tables to which rows are appended as they are, got tt.',
    ],
  ])('%j', (config, words) => {
    expect(() => grownConfig(config, size, 100)).toThrow(refusal('embeddings/cannot-grow', words));
  });

  test('nor does a table shrink', async () => {
    const { bag } = await trained(dense);
    await expect(bag.grow(59)).rejects.toThrow(
      /numEmbeddings of a grown table: must be at least the 60 there are, got 59/,
    );
  });
});
