import { createCpuBackend } from '@ttrec/backend-cpu';
import type { Tensor } from '@ttrec/tensor-files/safetensors';
import { EmbeddingBag, stateReader } from '@ttrec/embeddings';
import { readFbtt, type FbttOptions } from '@ttrec/interop';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { fileOf, floats, withUnreadable } from './tensor-file.ts';

/** p = (2, 3), q = (2, 2), rank 2, filled with 1, 2, 3, …: the first two rows are [7, 10, 15, 22] and [19, 22, 43, 50]. */
const cores = [
  floats('tt_cores.0', [1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
  floats('tt_cores.1', [1, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
];
const shape = { colShape: [2, 2], numEmbeddings: 5 };

/** A cache of 4 slots: slot 0 is free, id 3 lies in row 1, id 1 in row 0, and id 4 has no row yet. */
const cache: Tensor[] = [
  { name: 'hashtbl', dtype: 'I64', shape: [4], data: BigInt64Array.of(-1n, 3n, 1n, 4n) },
  { name: 'cache_state', dtype: 'I32', shape: [4], data: Int32Array.of(-1, 1, 0, -1) },
  floats('cache_weight', [2, 4], [10, 20, 30, 40, 50, 60, 70, 80]),
];

describe('rows in the cache', () => {
  test('must be chosen for, and override those of the cores or are dropped', async () => {
    const file = await fileOf([...cores, ...cache]);
    await expect(readFbtt(file, shape)).rejects.toEqual(
      refusal('interop/cached-rows', 'cache_weight', '2 rows in the cache', "cachedRows: 'keep'"),
    );
    const dropped = await readFbtt(file, { ...shape, cachedRows: 'drop' });
    expect([dropped.cachedRows, await dropped.rows.read(1, 2)]).toEqual([
      undefined,
      Float32Array.of(19, 22, 43, 50),
    ]);
    expect(dropped.cache).toEqual({ rows: 2, choice: 'drop' });
    const { cachedRows, rows } = await readFbtt(file, { ...shape, cachedRows: 'override' });
    expect(cachedRows).toEqual({
      ids: Uint32Array.of(1, 3),
      values: Float32Array.of(10, 20, 30, 40, 50, 60, 70, 80),
    });
    expect(await rows.read(0, 4)).toEqual(
      Float32Array.of(7, 10, 15, 22, 10, 20, 30, 40, 31, 34, 71, 78, 50, 60, 70, 80),
    );
  });

  test('are kept beside the cores, in a table that has the same rows as the one written out', async () => {
    const file = await fileOf([...cores, ...cache]);
    const read = await readFbtt(file, { ...shape, cachedRows: 'keep' });
    expect(read).toMatchObject({
      config: { kind: 'cached', rows: 2, into: { kind: 'tt', rowShape: [2, 3], ranks: [1, 2, 1] } },
      cache: { rows: 2, choice: 'keep' },
    });
    const backend = createCpuBackend();
    const bag = new EmbeddingBag({ backend, numEmbeddings: 5, embeddingDim: 4, table: read.config });
    await bag.loadState(stateReader(read.tensors), { allowMissing: 'training' });
    // Small integers all through: exact in float32.
    expect(await bag.toDense()).toEqual(await read.rows.read(0, 5));
    expect(await bag.row(3)).toEqual(Float32Array.of(50, 60, 70, 80));
  });

  test('of a cache with every row of the table need no cores', async () => {
    const all: Tensor[] = [
      { name: 'hashtbl', dtype: 'I64', shape: [2], data: BigInt64Array.of(1n, 0n) },
      { name: 'cache_state', dtype: 'I32', shape: [2], data: Int32Array.of(0, 1) },
      floats('cache_weight', [2, 4], [10, 20, 30, 40, 50, 60, 70, 80]),
    ];
    const read = await readFbtt(await fileOf([...cores, ...all]), {
      ...shape,
      numEmbeddings: 2,
      cachedRows: 'keep',
    });
    expect(read.config.kind).toBe('tt');
    expect(await read.rows.read(0, 2)).toEqual(Float32Array.of(50, 60, 70, 80, 10, 20, 30, 40));
  });

  test('an empty cache needs no choice', async () => {
    const empty: Tensor[] = [
      { name: 'hashtbl', dtype: 'I64', shape: [1], data: BigInt64Array.of(-1n) },
      { name: 'cache_state', dtype: 'I32', shape: [1], data: Int32Array.of(-1) },
      floats('cache_weight', [2, 4], new Float32Array(8)),
    ];
    expect((await readFbtt(await fileOf([...cores, ...empty]), shape)).cachedRows).toBeUndefined();
  });

  test('ids past the table and rows past the cache are refused', async () => {
    const file = await fileOf([...cores, ...cache]);
    const read = readFbtt(file, { ...shape, numEmbeddings: 3, cachedRows: 'override' });
    await expect(read).rejects.toEqual(refusal('interop/bad-cache', 'below 3', '"id":3'));
  });
});

describe('refuses', () => {
  test.each<[string, string[], FbttOptions]>([
    ['interop/unknown-shape', ['embeddingDim, colShape or ranks', 'tt_q_shapes'], {}],
    ['interop/wrong-shape', ['[4, 4]'], { colShape: [3, 2] }],
    ['interop/wrong-shape', ['[4, 4]'], { colShape: [2, 2, 1] }],
    ['interop/wrong-shape', ['[4, 4]'], { ranks: 3 }],
    ['interop/wrong-shape', ['multiply to 6'], { colShape: [2, 2], embeddingDim: 6 }],
    ['interop/bad-size', ['from 1 to 6', 'got 7'], { colShape: [2, 2], numEmbeddings: 7 }],
    ['interop/unknown-table', ['from 0 to 0', 'got 1'], { colShape: [2, 2], table: 1 }],
    ['interop/no-cores', ['emb.tt_cores'], { prefix: 'emb.' }],
  ])('%s %j %j', async (code, words, options) => {
    await expect(readFbtt(await fileOf(cores), options)).rejects.toEqual(
      refusal(code, 'w.safetensors', ...words),
    );
  });

  test('cores whose axes differ', async () => {
    const file = await fileOf([cores[0]!, floats('tt_cores.1', [3, 4], new Float32Array(12))]);
    await expect(readFbtt(file, shape)).rejects.toEqual(refusal('interop/bad-cores', '[[1,2,4],[3,4]]'));
  });
});

test('all rows of the row factors, where nobody says how many there are', async () => {
  const { numEmbeddings, embeddingDim } = await readFbtt(await fileOf(cores), { embeddingDim: 4 });
  expect([numEmbeddings, embeddingDim]).toEqual([6, 4]);
});

test('a core or a cache that cannot be read is not taken for one that is not there', async () => {
  for (const name of ['tt_cores.0', 'tt_cores.1', 'hashtbl', 'cache_weight']) {
    const file = withUnreadable(await fileOf([...cores, ...cache]), name);
    await expect(readFbtt(file, { ...shape, cachedRows: 'keep' })).rejects.toThrow(`cannot read ${name}`);
  }
});
