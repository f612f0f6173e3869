import { createCpuBackend } from '@ttrec/backend-cpu';
import { normals } from '@ttrec/testkit/backend';
import { denseRows, EmbeddingBag, type RowSource, type TableConfig } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';

async function bagOf(source: RowSource, table: TableConfig) {
  return EmbeddingBag.fromDense(source, {
    backend: createCpuBackend(),
    table,
    optimizer: { rule: 'adagrad' },
  });
}

describe('fromDense', () => {
  test('to dense is exact', async () => {
    const rows = normals(30, 'rows');
    expect(await (await bagOf(denseRows(rows, 5), { kind: 'dense' })).toDense()).toEqual(rows);
  });

  test('to tt holds no rows of a source that reads at once, with weights or without', async () => {
    // 5M numbers: beyond what is decomposed in memory for the sake of weights.
    const [numEmbeddings, embeddingDim] = [80_000, 64];
    const weights = Float64Array.from({ length: numEmbeddings }, (_, i) => 1 / (1 + i));
    const block = new Float32Array(64 * 2 ** 14);
    let longest = 0;
    const source = (more: Partial<RowSource>): RowSource => ({
      numEmbeddings,
      embeddingDim,
      read(start, end) {
        longest = Math.max(longest, end - start);
        for (let at = 0; at < (end - start) * embeddingDim; at++) {
          const [row, column] = [start + Math.floor(at / embeddingDim), at % embeddingDim];
          block[at] = Math.sin(row / 9000) + Math.cos(column);
        }
        return block.subarray(0, (end - start) * embeddingDim);
      },
      ...more,
    });
    for (const more of [{}, { weights }]) {
      const bag = await bagOf(source(more), { kind: 'tt', ranks: 4 });
      const [row] = [77_777];
      const read = await bag.row(row);
      read.forEach((value, j) => expect(value).toBeCloseTo(Math.sin(row / 9000) + Math.cos(j), 3));
    }
    expect(longest).toBeLessThan(numEmbeddings / 4);
  });

  test.each([1e-36, 1e37])('to tt keeps rows of size %d, near the ends of float32', async (size) => {
    const [n, dim] = [1000, 8];
    const rows = Float32Array.from({ length: n * dim }, (_, at) => {
      return size * (2 + Math.sin(Math.floor(at / dim) / 300) * Math.cos(at % dim));
    });
    for (const weights of [undefined, new Float64Array(n).fill(1)]) {
      const bag = await bagOf(denseRows(rows, dim, weights), { kind: 'tt', ranks: 8 });
      // Entries are in [1, 3] times the size, and smooth: float32 Gram matrices leave some 1e-4 of them.
      (await bag.toDense()).forEach((value, at) => expect(value / size).toBeCloseTo(rows[at]! / size, 2));
    }
  });

  test('to hash takes the mean of a bucket, weighted where rows are', async () => {
    const rows = Float32Array.of(1, 2, 3, 4, 5);
    const table = { kind: 'hash', buckets: 3, function: 'modulo', into: { kind: 'dense' } } as const;
    const plain = await bagOf(denseRows(rows, 1), table);
    expect([...(await plain.toDense())]).toEqual([2.5, 3.5, 3, 2.5, 3.5]);
    const weighted = await bagOf(denseRows(rows, 1, Float64Array.of(3, 1, 0, 1, 0)), table);
    expect([...(await weighted.toDense())]).toEqual([1.75, 2, 0, 1.75, 2]);
  });

  test('to tt is nearer, in weighted distance, when the weights are known', async () => {
    const [n, dim] = [60, 4];
    const rows = normals(n * dim, 'rows');
    const weights = Float64Array.from({ length: n }, (_, i) => 1 / (1 + i) ** 2);
    const distance = async (bag: EmbeddingBag) =>
      (await bag.toDense()).reduce((sum, value, at) => {
        return sum + weights[Math.floor(at / dim)]! * (value - rows[at]!) ** 2;
      }, 0);
    const table = { kind: 'tt', ranks: 3 } as const;
    const plain = await distance(await bagOf(denseRows(rows, dim), table));
    const weighted = await distance(await bagOf(denseRows(rows, dim, weights), table));
    expect(weighted).toBeLessThan(0.8 * plain);
  });

  test('clears the state of the optimizer', async () => {
    const backend = createCpuBackend();
    const source = denseRows(Float32Array.of(1, 2), 1);
    const bag = await EmbeddingBag.fromDense(source, { backend, optimizer: { rule: 'adagrad' } });
    expect([...(await backend.read(bag.parameters[0]!.state!))]).toEqual([0, 0]);
  });

  const refused: readonly (readonly [string, RowSource, RegExp])[] = [
    ['embeddings/row-not-finite', denseRows(Float32Array.of(1, 2, NaN, 4), 2), /row 1, column 0 .* got NaN/],
    [
      'embeddings/bad-rows',
      { ...denseRows(new Float32Array(4), 2), numEmbeddings: 3 },
      /3 x 2 numbers, got 4/,
    ],
    ['embeddings/bad-row-weights', denseRows(new Float32Array(4), 2, Float64Array.of(1)), /2 rows, got 1/],
    [
      'embeddings/bad-row-weights',
      denseRows(new Float32Array(2), 2, Float64Array.of(-1)),
      /got -1 for row 0/,
    ],
  ];
  test.each(refused)('refuses with %s and leaves nothing behind', async (code, source, words) => {
    const backend = createCpuBackend();
    const made = EmbeddingBag.fromDense(source, { backend });
    await expect(made).rejects.toMatchObject({ code, message: expect.stringMatching(words) as string });
    expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });

  test('denseRows refuses a torn matrix', () => {
    expect(() => denseRows(new Float32Array(5), 2)).toThrow(/rows of 2 numbers, got 5 numbers/);
  });
});
