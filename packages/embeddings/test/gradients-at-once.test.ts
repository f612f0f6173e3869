import { wholeBlock, type Backend, type Block } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { RandomStream } from '@ttrec/core';
import {
  EmbeddingBag,
  EmbeddingBagCollection,
  type OptimizerConfig,
  type TableSpec,
} from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';

const DIM = 8;
const ROWS = 60;

function normals(name: string, length: number): Float32Array {
  const stream = new RandomStream(1, name);
  return Float32Array.from({ length }, () => stream.nextNormal());
}

function uploaded(backend: Backend, values: Float32Array, cols: number): Block {
  const rows = values.length / cols;
  const buffer = backend.createBuffer({ dtype: 'float32', rows, cols, label: 'gradOut' });
  backend.write(buffer, values);
  return wholeBlock(buffer);
}

const batches: readonly [string, number[]][] = [
  ['different rows, in any order', [41, 3, 59, 0, 17]],
  ['a row twice', [41, 3, 59, 3, 17]],
];
const optimizers: readonly OptimizerConfig[] = [
  { rule: 'sgd' },
  { rule: 'adagrad' },
  { rule: 'rowwise-adagrad' },
  { rule: 'adam', l2: 0.1 },
];

describe.each(optimizers)('with %j', (optimizer) => {
  // Weights of 1 change no bit, and no gradient is taken from where it lies.
  test.each(batches)('one id a bag, %s: the bits of summed gradients, and dL/dout stays', async (_, ids) => {
    await using backend = createCpuBackend();
    const [indices, offsets] = [Uint32Array.from(ids), Uint32Array.from([...ids, 0].keys())];
    const values = normals('gradient', ids.length * DIM);
    const bits = async (weights?: Float32Array) => {
      const bag = new EmbeddingBag({ backend, numEmbeddings: ROWS, embeddingDim: DIM, optimizer, seed: 3 });
      const gradOut = uploaded(backend, values, DIM);
      for (let step = 0; step < 2; step++) {
        bag.forward({ indices, offsets, ...(weights && { perSampleWeights: weights }) });
        bag.backward({ gradOut, learningRate: 0.1 });
      }
      expect(await backend.read(gradOut)).toEqual(values);
      return bag.toDense();
    };
    expect(await bits()).toEqual(await bits(new Float32Array(ids.length).fill(1)));
  });
});

test('tables one after another, in the same memory, learn what they learn from gradients of all of them', async () => {
  await using backend = createCpuBackend();
  const tables: TableSpec[] = [
    { name: 'a', numEmbeddings: ROWS, config: { kind: 'tt', ranks: 4 } },
    { name: 'b', numEmbeddings: 500, config: { kind: 'tt', ranks: 4 } },
    { name: 'c', numEmbeddings: 500, config: { kind: 'tt', ranks: 3 } },
    { name: 'd', numEmbeddings: ROWS, config: { kind: 'dense' } },
    { name: 'e', numEmbeddings: 40, config: { kind: 'dense' }, featureNames: ['e', 'f'] },
  ];
  const features = 6;
  const batch = Array.from({ length: features }, (_, f) => ({
    indices: Uint32Array.from({ length: 12 }, (_, i) => (7 * i * (f + 1) + f) % 40),
    offsets: Uint32Array.from([0, 2, 2, 7, 12]),
  }));
  const bits = async (atOnce: boolean) => {
    const collection = new EmbeddingBagCollection({ backend, embeddingDim: DIM, tables, seed: 2 });
    const out = backend.createBuffer({ dtype: 'float32', rows: 4, cols: features * DIM, label: 'out' });
    const gradOut = uploaded(backend, normals('collection', 4 * features * DIM), features * DIM);
    for (let step = 0; step < 2; step++) {
      collection.forward(batch, wholeBlock(out));
      if (atOnce) collection.backward(gradOut, { learningRate: 0.1 });
      else collection.update(collection.gradients(gradOut), { learningRate: 0.1 });
    }
    return Promise.all(collection.parameters.map(({ parameter }) => backend.read(parameter.weights)));
  };
  expect(await bits(true)).toEqual(await bits(false));
});
