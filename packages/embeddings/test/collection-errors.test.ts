import { wholeBlock } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { bagsOf, recordingBackend } from '@ttrec/testkit/backend';
import {
  cost,
  EmbeddingBag,
  EmbeddingBagCollection,
  type Bags,
  type FeatureBags,
  type TableConfig,
  type TableSpec,
} from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { readBlock, readParameters } from './host-values.ts';
import { refusal } from '@ttrec/test-support';

const DIM = 2;

function table(name: string, numEmbeddings = 10, config: TableConfig = { kind: 'dense' }): TableSpec {
  return { name, numEmbeddings, config };
}

describe('a collection that does not fit together is refused before anything is allocated', () => {
  const read = (name: string, ...featureNames: string[]) => ({ ...table(name), featureNames });
  const bad = 'embeddings/bad-collection';
  test.each<[string, TableSpec[], string[] | undefined, string]>([
    [bad, [], undefined, 'tables: must hold at least one, got 0'],
    [bad, [table('a')], [], 'features: must hold at least one, got 0'],
    [bad, [table('a'), table('a')], undefined, 'table names: must be unique, got a'],
    [bad, [read('a', 'f', 'f')], undefined, 'feature names: must be unique, got f'],
    [bad, [read('a', 'f'), read('b', 'f')], undefined, 'feature names: must be unique, got f'],
    [bad, [table('a'), table('b')], ['a', 'c', 'b'], 'features: must be one of a, b, got c'],
    [bad, [table('a'), table('b')], ['a', 'a', 'b'], 'features: must be unique, got a'],
    [bad, [table('a'), table('b')], ['a'], 'features: must hold every feature of the tables, "b" too, got a'],
    [bad, [read('a')], undefined, 'table "a", featureNames: must hold at least one, got 0'],
    [
      bad,
      [{ ...table('a'), featureNames: [7 as never] }],
      undefined,
      'featureNames: must be a list of texts, got number',
    ],
    ['embeddings/bad-size', [table('a'), table('b', 0)], undefined, 'numEmbeddings'],
    ['embeddings/bad-option', [table('a'), table('b', 10, { kind: 'tt', ranks: -1 })], undefined, 'got -1'],
  ])('%s: %#', (code, tables, features, words) => {
    const backend = recordingBackend();
    expect(() => new EmbeddingBagCollection({ backend, embeddingDim: DIM, tables, features })).toThrow(
      refusal(code, words),
    );
    expect(backend.recording().allocations).toBe(0);
  });
});

describe('a batch', () => {
  const good: [Bags, Bags] = [bagsOf([[1], [2, 3]]), bagsOf([[], [4]])];

  function build() {
    const backend = createCpuBackend();
    const collection = new EmbeddingBagCollection({
      backend,
      embeddingDim: DIM,
      tables: [
        { ...table('a'), featureNames: ['clicked'] },
        { ...table('b', 5, { kind: 'tt', ranks: 2 }), featureNames: ['brand'], pooling: 'mean' },
      ],
    });
    const matrix = (label: string) =>
      wholeBlock(backend.createBuffer({ dtype: 'float32', rows: 2, cols: 2 * DIM, label }));
    const parameters = collection.parameters.map(({ parameter }) => parameter);
    return { backend, collection, parameters, out: matrix('out'), gradOut: matrix('gradOut') };
  }

  test.each<[string, FeatureBags, string]>([
    ['embeddings/feature-count', [good[0]], 'must hold bags for each of the 2 features, got 1'],
    ['embeddings/feature-count', null as never, 'must hold bags for each of the 2 features, got null'],
    [
      'embeddings/feature-names',
      { clicked: good[0] },
      'batch: must hold bags of feature "brand", got clicked',
    ],
    [
      'embeddings/feature-names',
      { clicked: good[0], brand: good[1], band: good[1] },
      'batch, feature: must be one of clicked, brand, got band',
    ],
    [
      'embeddings/index-out-of-range',
      [good[0], bagsOf([[], [5]])],
      'feature "brand", bag 1, position 0: an index must be below numEmbeddings = 5, got 5',
    ],
    [
      'embeddings/offsets-length',
      [good[0], bagsOf([[4]])],
      'feature "brand", offsets: must hold 3 numbers for 2 bags, got 2',
    ],
    [
      'embeddings/weights-with-mean',
      [good[0], { ...good[1], perSampleWeights: new Float32Array(1) }],
      'feature "brand", perSampleWeights',
    ],
  ])('with %s is refused whole: nothing changes, and the collection goes on', async (code, bags, words) => {
    const { backend, collection, parameters, out, gradOut } = build();
    const before = await readParameters(backend, parameters);
    expect(() => collection.forward(bags, out)).toThrow(refusal(code, words));
    expect(() => collection.backward(gradOut, { learningRate: 1 })).toThrow(
      refusal('embeddings/backward-without-forward', 'table "a"'),
    );
    expect([...(await readBlock(backend, out))]).toEqual(new Array(4 * DIM).fill(0));
    expect(await readParameters(backend, parameters)).toEqual(before);
    backend.write(gradOut.buffer, new Float32Array(4 * DIM).fill(1));
    collection.forward(good, out);
    collection.backward(gradOut, { learningRate: 1 });
    expect(await readParameters(backend, parameters)).not.toEqual(before);
  });
});

describe('tables that a backend cannot hold', () => {
  test('are refused before the first is allocated, the largest named', () => {
    const backend = createCpuBackend({ maxTotalBytes: 1000 });
    const build = () =>
      new EmbeddingBagCollection({
        backend,
        embeddingDim: DIM,
        tables: [table('small', 10), table('large', 200)],
      });
    // 4 bytes x 2 columns x 210 rows.
    expect(build).toThrow(
      refusal(
        'embeddings/too-large',
        '2 parts of the model: must fit the 1000 bytes left on backend "cpu"',
        'got 1680 bytes, 1600 of them for table "large".',
      ),
    );
    expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0, peakBytes: 0 });
  });

  test('that fit are told of, in all, before the first is allocated', () => {
    const inner = createCpuBackend();
    const told: { bytes: number; buffers: number }[] = [];
    const backend = {
      ...inner,
      reserve: (bytes: number) => void told.push({ bytes, buffers: inner.memory().buffers }),
    };
    const tables = [table('a', 10), table('b', 200)];
    new EmbeddingBagCollection({ backend, embeddingDim: DIM, tables }).dispose();
    expect(told[0]).toEqual({ bytes: 4 * DIM * 210, buffers: 0 });
  });

  test('do not count what is kept on the host: integers, and what a cache counts', () => {
    const inner = createCpuBackend({ maxTotalBytes: 1000 });
    const told: number[] = [];
    const backend = { ...inner, reserve: (bytes: number) => void told.push(bytes) };
    const build = (config: TableConfig, numEmbeddings: number) =>
      new EmbeddingBag({ backend, numEmbeddings, embeddingDim: 4, table: config }).dispose();
    build({ kind: 'int8', into: { kind: 'dense' } }, 5000);
    expect(told).toEqual([0]);
    told.length = 0;
    const into = { kind: 'tt', cores: 2, ranks: 1 } as const;
    build({ kind: 'cached', rows: 3, into }, 2000);
    // Once, for the TT-matrix and the rows of the cache beside it.
    const { bytes } = cost(into, { numEmbeddings: 2000, embeddingDim: 4 });
    expect(told).toEqual([bytes + 4 * 3 * 4]);
  });

  test('nor that the host cannot hold, which is refused before it is tried', () => {
    const table = { kind: 'int8', into: { kind: 'dense' } } as const;
    const build = () =>
      new EmbeddingBag({ backend: createCpuBackend(), numEmbeddings: 2 ** 32, embeddingDim: 2 ** 14, table });
    // 70 TB.
    expect(build).toThrow(refusal('embeddings/too-large', 'bytes of memory that the process can still have'));
  });

  test('leave nothing behind when memory runs out halfway all the same', () => {
    const inner = createCpuBackend();
    let left = 3;
    const backend = {
      ...inner,
      createBuffer: (spec: Parameters<typeof inner.createBuffer>[0]) => {
        if (left-- === 0) throw new Error('no memory');
        return inner.createBuffer(spec);
      },
    };
    const build = () =>
      new EmbeddingBagCollection({
        backend,
        embeddingDim: DIM,
        tables: [table('a'), table('b', 12, { kind: 'tt', ranks: 2 })],
      });
    expect(build).toThrow('no memory');
    expect(inner.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });
});

test('a gradient without room for every feature is refused before any table is trained', async () => {
  const backend = createCpuBackend();
  const collection = new EmbeddingBagCollection({
    backend,
    embeddingDim: DIM,
    tables: [table('a'), table('b')],
  });
  const out = wholeBlock(backend.createBuffer({ dtype: 'float32', rows: 1, cols: 2 * DIM, label: 'out' }));
  collection.forward([bagsOf([[1]]), bagsOf([[2]])], out);
  const parameters = collection.parameters.map(({ parameter }) => parameter);
  const before = await readParameters(backend, parameters);
  expect(() => collection.backward(out, { firstColumn: 1, learningRate: 1 })).toThrow(
    refusal('embeddings/gradient-shape', 'gradOut: must hold 4 columns from column 1 on, got 1 x 4.'),
  );
  expect(await readParameters(backend, parameters)).toEqual(before);
});
