import { cost, type TableConfig } from '@ttrec/embeddings';
import { expect, test } from 'vitest';

const dense = { kind: 'dense' } as const;
const int4 = { kind: 'integers', bits: 4 } as const;
const size = { numEmbeddings: 1000, embeddingDim: 8 };

test('bands are hot rows inside cold ones, and cost as much', () => {
  const bands: TableConfig = { kind: 'bands', edges: [10, 300], tables: [dense, int4, dense] };
  const nested: TableConfig = {
    kind: 'hot-cold',
    hot: 10,
    cold: { kind: 'hot-cold', hot: 290, hotTable: int4, cold: dense },
  };
  expect(cost(bands, size)).toEqual(cost(nested, size));
});

test.each([
  [[300, 10], 3],
  [[10, 10], 3],
  [[10], 3],
  [[10, 1000], 3],
  [[10, 20, 30], 3],
])('edges %j of %i tables are refused', (edges, count) => {
  const tables = new Array<TableConfig>(count).fill(dense);
  expect(() => cost({ kind: 'bands', edges, tables }, size)).toThrow(
    expect.objectContaining({
      code: 'embeddings/bad-edges',
      message: expect.stringContaining('must be 2 rising integers from 1 to 999') as string,
    }) as Error,
  );
});
