import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, schemaConfig, type ModelSchema } from '@ttrec/dlrm';
import { refusal } from '@ttrec/test-support';
import { expect, test } from 'vitest';

const schema: ModelSchema = {
  dense: ['price', 'age'],
  features: [
    { name: 'item', table: 'item', numEmbeddings: 5000 },
    { name: 'last item', table: 'item', numEmbeddings: 5000 },
    { name: 'country', table: 'country', numEmbeddings: 50 },
  ],
};

test('a model for a schema has its dense columns, and a table for the features that share one', () => {
  expect(schemaConfig(schema)).toMatchObject({
    denseFeatures: 2,
    embeddingDim: 16,
    tables: [
      {
        name: 'item',
        numEmbeddings: 5000,
        config: { kind: 'dense' },
        featureNames: ['item', 'last item'],
        pooling: 'sum',
      },
      {
        name: 'country',
        numEmbeddings: 50,
        config: { kind: 'dense' },
        featureNames: ['country'],
        pooling: 'sum',
      },
    ],
    features: ['item', 'last item', 'country'],
    interaction: { kind: 'dot' },
    seed: 0,
  });
});

test('vectors whose dot products would be none or one are put side by side', () => {
  const interactionOf = (dense: number, features: number) =>
    schemaConfig({ dense: schema.dense.slice(0, dense), features: schema.features.slice(0, features) })
      .interaction.kind;
  expect([1, 2, 3].map((features) => interactionOf(0, features))).toEqual(['cat', 'cat', 'dot']);
  expect([1, 2].map((features) => interactionOf(2, features))).toEqual(['dot', 'dot']);
});

test('tables are stored as one config says, a function of the table, or specs', () => {
  const kinds = (tables: Parameters<typeof schemaConfig>[1]) =>
    schemaConfig(schema, tables).tables.map(({ config }) => config);
  expect(kinds({ tables: { kind: 'low-rank', rank: 2 } })).toEqual([
    { kind: 'low-rank', rank: 2 },
    { kind: 'low-rank', rank: 2 },
  ]);
  const bySize = kinds({
    tables: ({ name, numEmbeddings }) =>
      numEmbeddings > 1000 && name === 'item' ? { kind: 'tt', ranks: 4 } : { kind: 'dense' },
  });
  expect(bySize).toEqual([{ kind: 'tt', ranks: 4 }, { kind: 'dense' }]);
  const specs = [
    { name: 'item', numEmbeddings: 500, config: { kind: 'tt', ranks: 2 } },
    { name: 'country', numEmbeddings: 50, config: { kind: 'dense' }, pooling: 'mean' },
  ] as const;
  expect(schemaConfig(schema, { tables: specs }).tables).toEqual([
    { ...specs[0], featureNames: ['item', 'last item'], pooling: 'sum' },
    { ...specs[1], featureNames: ['country'] },
  ]);
});

test('a single vector is not paired with itself', async () => {
  const single = { dense: [], features: [schema.features[2]!] };
  expect(schemaConfig(single).interaction).toEqual({ kind: 'cat' });
  const backend = createCpuBackend();
  using model = Dlrm.for(single, { backend, embeddingDim: 4, pooling: 'mean' });
  const offsets = Uint32Array.of(0, 2, 3);
  const batch = {
    size: 2,
    dense: new Float32Array(),
    features: [{ indices: Uint32Array.of(1, 2, 49), offsets }],
  };
  // Untrained: one half.
  expect(await model.predict(batch)).toEqual(Float64Array.of(0.5, 0.5));
  expect(model.config).toMatchObject({ seed: 0, tables: [{ pooling: 'mean' }] });
});

test('what a caller of plain JavaScript misspells is refused', () => {
  const backend = createCpuBackend();
  const made = (options: object) => () => Dlrm.for(schema, { backend, ...options });
  expect(made({ embedingDim: 4 })).toThrow(refusal('dlrm/unknown-option', 'Did you mean "embeddingDim"?'));
  expect(made({ pooling: 'max' })).toThrow(refusal('embeddings/bad-option', 'tables[0], pooling'));
  expect(made({ tables: { kind: 'dens' } })).toThrow(refusal('embeddings/unknown-kind', 'got dens'));
  expect(backend.memory().bytes).toBe(0);
});
