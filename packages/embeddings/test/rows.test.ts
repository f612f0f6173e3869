import { createCpuBackend } from '@ttrec/backend-cpu';
import { sampleBags, singles } from '@ttrec/testkit/backend';
import { denseRows, EmbeddingBag, EmbeddingBagCollection } from '@ttrec/embeddings';
import { expect, test } from 'vitest';
import { readBlock } from './host-values.ts';
import { refusal } from '@ttrec/test-support';

test('toDense is every row, in order, over more rows than are computed at a time', async () => {
  const backend = createCpuBackend();
  const size = { numEmbeddings: 40_000, embeddingDim: 2 };
  const bag = new EmbeddingBag({ backend, ...size });
  expect(await bag.toDense()).toEqual(await backend.read(bag.parameters[0]!.weights));
});

test('reading counts as a forward: the backward of an earlier one is refused, not wrong', async () => {
  const bag = new EmbeddingBag({ backend: createCpuBackend(), numEmbeddings: 9, embeddingDim: 2 });
  const bags = sampleBags(9);
  bag.forward(bags);
  await bag.row(3);
  const gradOut = new Float32Array((bags.offsets.length - 1) * 2);
  const backward = () => bag.backward({ gradOut, learningRate: 1 });
  expect(backward).toThrow(refusal('embeddings/backward-without-forward', 'must follow a forward'));
});

test('an id past the last row is refused', async () => {
  const bag = new EmbeddingBag({ backend: createCpuBackend(), numEmbeddings: 9, embeddingDim: 2 });
  await expect(bag.row(9)).rejects.toThrow(/position 0: an index must be below numEmbeddings = 9, got 9/);
});

test('a collection reads and replaces the rows of each of its tables', async () => {
  const backend = createCpuBackend();
  const collection = new EmbeddingBagCollection({
    backend,
    embeddingDim: 2,
    tables: [
      { name: 'a', numEmbeddings: 3, config: { kind: 'dense' } },
      { name: 'b', numEmbeddings: 4, config: { kind: 'dense' } },
    ],
  });
  const rows = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  await collection.table('b').fit(denseRows(rows, 2));
  expect(await collection.table('b').row(2)).toEqual(Float32Array.of(5, 6));
  expect(() => collection.table('c')).toThrow(
    refusal('embeddings/unknown-table', 'must be one of a, b, got c'),
  );
  collection.dispose();
  expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0 });
});

test('rows of a shared forward are those of a lookup', async () => {
  const bag = new EmbeddingBag({ backend: createCpuBackend(), numEmbeddings: 50, embeddingDim: 3 });
  const backend = createCpuBackend();
  const other = new EmbeddingBag({ backend, numEmbeddings: 50, embeddingDim: 3 });
  const pooled = await readBlock(backend, other.forward(singles([7, 9])));
  expect(await bag.rows(Uint32Array.of(7, 9))).toEqual(pooled);
});
