import { cost, type TableConfig } from '@ttrec/embeddings';
import { variantConfigs, type TablesToPlan } from '@ttrec/training/compare';
import { compareConfigSchema, parseConfig, type CompareConfig } from '@ttrec/training/config';
import { expect, test } from 'vitest';

const schema = {
  dense: [],
  features: [{ name: 'f', table: 'f', numEmbeddings: 5000, multiValued: false }],
};
const hash = (buckets: number): TableConfig => ({ kind: 'hash', buckets, into: { kind: 'dense' } });
const largest = (use: TableConfig) => ({ largest: { count: 1, use } });

function compareConfig(variants: readonly object[]): CompareConfig {
  const data = { format: 'synthetic', rows: { train: 100, test: 10 }, cardinalities: [5000] };
  return parseConfig(
    compareConfigSchema,
    { name: 'c', data, model: { embeddingDim: 4 }, variants },
    'c.json',
  );
}

function noPlan(): never {
  throw new Error('no variant is planned');
}

test('the bytes of a variant that takes those of a third are the ones it has in the end', () => {
  const chained = [
    { name: 'last', tables: largest(hash(9)), sameBytesAs: 'middle' },
    { name: 'middle', tables: largest({ kind: 'tt', ranks: 1 }), sameBytesAs: 'first' },
    { name: 'first', tables: largest(hash(100)) },
  ];
  const config = compareConfig(chained);
  const [last, middle, first] = variantConfigs(config, schema, noPlan).map(({ model }) => {
    return cost(model.tables.byName!['f']!, { numEmbeddings: 5000, embeddingDim: model.embeddingDim }).bytes;
  }) as [number, number, number];
  expect(middle).toBeLessThanOrEqual(first);
  expect(last).toBeLessThanOrEqual(middle);
  // One bucket is a row of floats; the rank-1 TT that `middle` starts from is far below.
  expect(middle - last).toBeLessThan(4 * config.model.embeddingDim);
  expect(first - middle).toBeLessThan(first / 2);
});

test('a planned variant gets the tables that the planner chooses for its bytes, or for those of another', () => {
  const asked: TablesToPlan[] = [];
  const [own, same] = variantConfigs(
    compareConfig([
      { name: 'own', plan: { bytes: '1.2kB', kinds: ['hash'] } },
      { name: 'same', plan: {}, sameBytesAs: 'first' },
      { name: 'first', tables: largest(hash(100)) },
    ]),
    schema,
    (tables) => {
      asked.push(tables);
      return [{ name: 'f', numEmbeddings: 5000, config: hash(7) }];
    },
  );
  expect(asked).toEqual([
    { bytes: '1.2kB', kinds: ['hash'] },
    { bytes: 100 * 4 * 4, kinds: undefined },
  ]);
  for (const { model } of [own!, same!]) {
    expect(model.tables).toEqual({ default: { kind: 'dense' }, byName: { f: hash(7) } });
  }
});
