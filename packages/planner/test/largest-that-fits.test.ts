import { cost, type TableConfig, type TableSize } from '@ttrec/embeddings';
import type { HotColdConfig } from '@ttrec/embeddings/configs';
import { optionGenerators, Planner } from '@ttrec/planner';
import { ttShape } from '@ttrec/tensor-train';
import { maximalRanks } from '@ttrec/tensor-train/shapes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

/** The same config with its size one larger: a rank of one place, a bucket, a hot row. None where it is as large as is of use. */
function* oneLarger(config: TableConfig, size: TableSize): Generator<TableConfig> {
  const { numEmbeddings, embeddingDim } = size;
  switch (config.kind) {
    case 'tt':
      for (const ranks of oneRankMore(config.ranks, size)) yield { ...config, ranks };
      return;
    case 'int8':
      for (const into of oneLarger(config.into, size)) yield { ...config, into } as TableConfig;
      return;
    case 'hash':
      if (config.into.kind === 'dense' || config.into.kind === 'integers') {
        if (config.buckets < numEmbeddings - 1) yield { ...config, buckets: config.buckets + 1 };
        return;
      }
      for (const into of oneLarger(config.into, { numEmbeddings: config.buckets, embeddingDim }))
        yield { ...config, into };
      return;
    case 'hot-cold':
      if (config.hot < Math.floor(numEmbeddings / 2) && !coldShrinks(config, size)) {
        yield { ...config, hot: config.hot + 1 };
      }
      return;
    case 'compositional':
      if (config.buckets < Math.floor(numEmbeddings / 2)) yield { ...config, buckets: config.buckets + 1 };
      return;
    case 'low-rank':
      if (config.rank < embeddingDim - 1) yield { ...config, rank: config.rank + 1 };
      return;
    case 'mixed-dimension':
      for (const into of oneLarger(config.into, { numEmbeddings, embeddingDim: config.dim }))
        yield { ...config, into };
      return;
    default:
      return;
  }
}

/** Whether one more hot row leaves the cold table fewer numbers, as it can by the factors of its rows: then it may lose more. */
function coldShrinks({ hot, cold }: HotColdConfig, { numEmbeddings, embeddingDim }: TableSize): boolean {
  const bytes = (rows: number) => cost(cold, { numEmbeddings: rows, embeddingDim }).bytes;
  return bytes(numEmbeddings - hot - 1) < bytes(numEmbeddings - hot);
}

function* oneRankMore(ranks: number | readonly number[], size: TableSize): Generator<number[]> {
  const {
    rowShape,
    colShape,
    ranks: full,
  } = ttShape({
    numRows: size.numEmbeddings,
    numCols: size.embeddingDim,
    ranks,
  });
  const modes = rowShape.map((p, k) => p * colShape[k]!);
  const most = maximalRanks(rowShape, colShape);
  for (let k = 1; k < full.length - 1; k++) {
    const more = full.map((rank, at) => (at === k ? rank + 1 : rank));
    // More than a neighbour times its mode is of no use.
    const useful = more[k]! <= more[k - 1]! * modes[k - 1]! && more[k]! <= more[k + 1]! * modes[k]!;
    if (useful && more[k]! <= most[k]!) yield more;
  }
}

test.each(optionGenerators.map(({ kind }) => [kind]))(
  'a table of kind %s is fitted to bytes in the largest size that fits',
  (kind) => {
    const table = fc.record({
      numEmbeddings: fc.integer({ min: 3000, max: 300_000 }),
      embeddingDim: fc.integer({ min: kind === 'sum' ? 3 : 2, max: 64 }),
      zipf: fc.double({ min: 0, max: 1.5, noNaN: true }),
      // Not next to the dense table: there the least loss decides, which falls with the numbers of the cold table alone.
      place: fc.double({ min: 0, max: 0.95, noNaN: true }),
    });
    fc.assert(
      fc.property(table, ({ numEmbeddings, embeddingDim, zipf, place }) => {
        const size = { numEmbeddings, embeddingDim };
        const planner = new Planner([{ name: 'table', numEmbeddings, zipf }], {
          embeddingDim,
          kinds: [kind],
          purpose: 'serving',
          optimizer: { rule: 'adagrad' },
        });
        const { smallestBytes, denseBytes } = planner;
        const bytes = Math.ceil(
          smallestBytes * (Math.max(denseBytes, smallestBytes) / smallestBytes) ** place,
        );
        const { config, bytes: used } = planner.planTable('table', bytes);
        expect(used).toBe(cost(config, size).bytes);
        expect(used).toBeLessThanOrEqual(bytes);
        for (const larger of oneLarger(config, size)) {
          expect(cost(larger, size).bytes, JSON.stringify({ config, larger })).toBeGreaterThan(bytes);
        }
      }),
      { numRuns: 25 },
    );
  },
);

test('no sum has vectors of two numbers: half of the largest product cannot hold a number for every id', () => {
  const make = () =>
    new Planner([{ name: 'table', numEmbeddings: 3000 }], { embeddingDim: 2, kinds: ['sum'] });
  expect(make).toThrow(
    refusal('planner/no-option', 'must have an option among the kinds', 'got none of sum', 'Allow "dense"'),
  );
});

test('hot rows grow to the last byte, though the estimate of what collides rises by an error of the sum over blocks', () => {
  const planner = new Planner([{ name: 'table', numEmbeddings: 3000, zipf: 1.0946276425103363 }], {
    embeddingDim: 2,
    kinds: ['hot-cold→hash'],
    purpose: 'serving',
  });
  expect(planner.planTable('table', 4232)).toMatchObject({ bytes: 4232, config: { hot: 17 } });
});

test('hot rows grow to where the cold tensor train would become smaller, if more of them lose more', () => {
  const planner = new Planner([{ name: 'table', numEmbeddings: 3000, zipf: 0 }], {
    embeddingDim: 7,
    kinds: ['hot-cold→tt'],
    purpose: 'serving',
  });
  expect(planner.planTable('table', 67252)).toMatchObject({
    config: { hot: 109, cold: { ranks: [10, 55] } },
  });
});

test('a table that is not among the features is refused, with the nearest name', () => {
  const planner = new Planner([{ name: 'item', numEmbeddings: 100 }], { embeddingDim: 4 });
  expect(() => planner.planTable('itm', 1000)).toThrow(
    refusal('planner/unknown-table', 'must be one of item, got itm', 'Did you mean "item"?'),
  );
  expect(() => planner.planTable('item', planner.smallestBytes - 1)).toThrow(
    refusal('planner/budget-too-small', `must be at least ${planner.smallestBytes}, got`),
  );
});
