import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag, EmbeddingBagCollection, stateReader, type TableConfig } from '@ttrec/embeddings';
import { refusal } from '@ttrec/test-support';
import { expect, test } from 'vitest';

const dense: TableConfig = { kind: 'dense' };
const containing: TableConfig = { kind: 'mixed-dimension', dim: 2, into: dense };

function collectionOf(tables: Readonly<Record<string, TableConfig>>) {
  const backend = createCpuBackend();
  const names = Object.keys(tables);
  const make = () =>
    new EmbeddingBagCollection({
      backend,
      embeddingDim: 4,
      tables: names.map((name) => ({ name, numEmbeddings: 10, config: tables[name]! })),
    });
  return { backend, make };
}

test('two tables whose tensors would have one name are refused, and give back their memory', () => {
  const { backend, make } = collectionOf({ a: containing, 'a.into': dense });
  expect(make).toThrow(refusal('embeddings/bad-collection', 'two tensors "a.into.weight"'));
  expect(backend.memory().bytes).toBe(0);
  for (const tables of [
    { a: dense, 'a.into': dense },
    { a: containing, 'a.b': dense },
  ]) {
    const collection = collectionOf(tables).make();
    const names = collection.state().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});

test('a reader of two tensors of one name is refused', () => {
  const tensor = { name: 'weight', dtype: 'F32', shape: [1], data: new Float32Array(1) };
  expect(() => stateReader([tensor, tensor], 'here')).toThrow(
    refusal('embeddings/duplicate-name', 'here', '"weight" twice'),
  );
});

test('a tensor that cannot be read is not a missing one, whatever may be missing', async () => {
  const bag = new EmbeddingBag({
    backend: createCpuBackend(),
    name: 'bag',
    numEmbeddings: 4,
    embeddingDim: 2,
    table: dense,
    optimizer: { rule: 'adagrad' },
  });
  const tensors = bag.state();
  for (const { name } of tensors) {
    const others = stateReader(tensors.filter((tensor) => tensor.name !== name));
    const reader = { ...others, unreadable: new Map([[name, new Error(`cannot read ${name}`)]]) };
    for (const allowMissing of ['none', 'training', 'all'] as const) {
      await expect(bag.loadState(reader, { allowMissing })).rejects.toThrow(`cannot read ${name}`);
    }
  }
});
