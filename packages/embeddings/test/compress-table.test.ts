import { createCpuBackend } from '@ttrec/backend-cpu';
import { denseRows, type RowSource, type TableConfig } from '@ttrec/embeddings';
import { compressTable, type CompressOptions, type CompressProgress } from '@ttrec/embeddings/compress';
import { fillNormal, RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

const [numEmbeddings, embeddingDim] = [1000, 8];
const backend = createCpuBackend();

/** Rows that have nothing in common. */
function randomRows(): Float32Array {
  const values = new Float64Array(numEmbeddings * embeddingDim);
  fillNormal(values, new RandomStream(1, 'rows'));
  return Float32Array.from(values);
}

const rows = randomRows();
const weights = Float64Array.from({ length: numEmbeddings }, (_, id) => 1 / (id + 1));
const source = denseRows(rows, embeddingDim, weights);
const hashed = { kind: 'hash', buckets: 400, function: 'modulo', into: { kind: 'dense' } } as const;

/** The root of summed squared distances over that of squared norms, over some rows, each with its weight. */
function errorOf(near: Float32Array, ids: readonly number[], weightOf: (id: number) => number): number {
  let [distance, norm] = [0, 0];
  for (const id of ids) {
    for (let at = id * embeddingDim; at < (id + 1) * embeddingDim; at++) {
      distance += weightOf(id) * (near[at]! - rows[at]!) ** 2;
      norm += weightOf(id) * rows[at]! ** 2;
    }
  }
  return Math.sqrt(distance / norm);
}

describe('the report', () => {
  const all = Array.from({ length: numEmbeddings }, (_, id) => id);

  test('is that of the rows as they can be read', async () => {
    const { bag, report, bytes, denseBytes } = await compressTable(source, { backend, table: hashed });
    const near = await bag.toDense();
    expect(report.relativeError).toBeCloseTo(
      errorOf(near, all, () => 1),
      10,
    );
    expect(report.weightedRelativeError).toBeCloseTo(
      errorOf(near, all, (id) => weights[id]!),
      10,
    );
    expect({ bytes, denseBytes }).toEqual({ bytes: 4 * 400 * 8, denseBytes: 4 * 1000 * 8 });
    report.deciles.forEach(({ relativeError, rows: count, share }, d) => {
      const own = all.slice(100 * d, 100 * (d + 1));
      expect(count).toBe(100);
      expect(relativeError).toBeCloseTo(
        errorOf(near, own, () => 1),
        10,
      );
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      expect(share).toBeCloseTo(own.reduce((sum, id) => sum + weights[id]!, 0) / total, 12);
    });
  });

  test('has the rows of most weight in the first tenth, wherever they lie', async () => {
    const reversed = denseRows(rows, embeddingDim, weights.toReversed());
    const { report } = await compressTable(reversed, { backend, table: hashed });
    expect(report.deciles[0]!.share).toBeGreaterThan(0.6);
  });

  test('without weights has tenths by id', async () => {
    const { report } = await compressTable(denseRows(rows.subarray(0, 25 * 8), 8), {
      backend,
      table: { kind: 'dense' },
    });
    expect(report.weightedRelativeError).toBeUndefined();
    expect(report.deciles.map((decile) => decile.rows)).toEqual([3, 2, 3, 2, 3, 2, 3, 2, 3, 2]);
    expect(report.deciles[0]!.share).toBeCloseTo(3 / 25, 12);
    expect(report).toMatchObject({ relativeError: 0 });
  });
});

describe('fine-tuning', () => {
  const table = { kind: 'hash', buckets: 500, into: { kind: 'tt', ranks: 6 } } as const;

  test('brings the rows nearer by weight', async () => {
    const plain = await compressTable(source, { backend, table });
    const tuned = await compressTable(source, { backend, table, fineTune: { steps: 60, batchSize: 128 } });
    expect(tuned.fineTuned).toMatchObject({ steps: 60, kept: true });
    expect(tuned.report.weightedRelativeError).toBeLessThan(0.98 * plain.report.weightedRelativeError!);
  });

  test('is taken back when it makes nothing better', async () => {
    const wild = { steps: 3, batchSize: 4, learningRate: 1e4 };
    const plain = await compressTable(source, { backend, table });
    const tuned = await compressTable(source, { backend, table, fineTune: wild });
    expect(tuned.fineTuned!.kept).toBe(false);
    expect(tuned.fineTuned!.after).toBeGreaterThan(tuned.fineTuned!.before);
    // Cores that were balanced give the same rows to float32.
    expect(tuned.report.relativeError).toBeCloseTo(plain.report.relativeError, 5);
  });

  test('that is taken back leaves the cache of a "cached" table in step with its ids', async () => {
    const cached = {
      kind: 'cached',
      rows: 20,
      into: { kind: 'tt', ranks: 6 },
      warmUp: 1,
      refreshEvery: 1,
    } as const;
    const plain = await compressTable(source, { backend, table: cached });
    const fineTune = { steps: 4, batchSize: 64, learningRate: 1e4 };
    const tuned = await compressTable(source, { backend, table: cached, fineTune });
    expect(tuned.fineTuned!.kept).toBe(false);
    // Cores that were balanced give the same rows to float32.
    const expected = await plain.bag.toDense();
    (await tuned.bag.toDense()).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 4));
    await tuned.bag.settled();
  });

  test('gives the same table again for the same seed', async () => {
    const tuned = async (seed: number) => {
      const fineTune = { steps: 5, batchSize: 32, seed };
      return (await compressTable(source, { backend, table, fineTune })).bag.toDense();
    };
    expect(await tuned(1)).toEqual(await tuned(1));
    expect(await tuned(1)).not.toEqual(await tuned(2));
  });

  test.each([
    [{ steps: 0 }, 'steps: must be an integer from 1, got 0'],
    [{ steps: 1, batchSize: 0.5 }, 'batchSize: must be an integer from 1'],
    [{ steps: 1, learningRate: -1 }, 'learningRate: must be a number above 0'],
  ])('refuses %j', async (fineTune, words) => {
    await expect(compressTable(source, { backend, table, fineTune })).rejects.toThrow(
      refusal('embeddings/bad-fine-tuning', words),
    );
  });

  test.each<[TableConfig, string]>([
    [{ kind: 'int8', into: { kind: 'dense' } }, 'needs a table that can be trained, got int8'],
    [{ kind: 'hash', buckets: 9, into: { kind: 'int4', into: { kind: 'dense' } } }, 'got hash'],
  ])('refuses %j, which holds integers, before it reads a row', async (integers, words) => {
    const read = () => {
      throw new Error('a row was read');
    };
    const unread: RowSource = { numEmbeddings, embeddingDim, read };
    await expect(compressTable(unread, { backend, table: integers, fineTune: { steps: 1 } })).rejects.toThrow(
      refusal('embeddings/not-trainable', words),
    );
  });
});

test('tells how far it is, in blocks of rows and in steps', async () => {
  const told: CompressProgress[] = [];
  await compressTable(source, {
    backend,
    table: hashed,
    fineTune: { steps: 2, batchSize: 4 },
    onProgress: (progress) => told.push(progress),
  });
  expect([...new Set(told.map(({ phase }) => phase))]).toEqual(['fit', 'fine-tune', 'measure']);
  expect(told.filter(({ phase }) => phase === 'fine-tune')).toHaveLength(2);
  expect(told.at(-1)).toEqual({ phase: 'measure', done: 1000, total: 1000 });
});

test.each<[object, string, string]>([
  [{ tabel: hashed }, 'compressTable: takes only', 'Did you mean "table"?'],
  [{ table: hashed, finetune: { steps: 1 } }, 'got finetune', 'Did you mean "fineTune"?'],
  [{ table: hashed, fineTune: { step: 1 } }, 'fine-tuning: takes only', 'Did you mean "steps"?'],
])('refuses %j, an option that does not exist', async (options, ...words) => {
  const asked = { backend, ...options } as CompressOptions;
  await expect(compressTable(source, asked)).rejects.toThrow(refusal('embeddings/unknown-option', ...words));
});

test('needs the config of a table', async () => {
  await expect(compressTable(source, { backend } as unknown as CompressOptions)).rejects.toThrow(
    refusal('embeddings/bad-option', 'compressTable, table: must be an object'),
  );
});

test('leaves nothing on the backend when a row cannot be read', async () => {
  const own = createCpuBackend();
  const broken: RowSource = {
    numEmbeddings,
    embeddingDim,
    read: (start, end) => new Float32Array((end - start) * embeddingDim).fill(NaN),
  };
  await expect(compressTable(broken, { backend: own, table: hashed })).rejects.toThrow(
    refusal('embeddings/row-not-finite'),
  );
  expect(own.memory().bytes).toBe(0);
});
