import { modelConfig } from '@ttrec/training';
import { refusal } from '@ttrec/test-support';
import { expect, test } from 'vitest';

const feature = (name: string, table: string, numEmbeddings: number) => ({
  name,
  table,
  numEmbeddings,
  multiValued: false,
});
const schema = {
  dense: ['age', 'price'],
  features: [feature('clicked', 'item', 500), feature('shown', 'item', 500), feature('user', 'user', 80)],
};
const data = { schema, baseRate: 0.2 };
const tt = { kind: 'tt', ranks: 2 } as const;

test('the first prediction of a model for a dataset is the base rate', () => {
  const config = modelConfig(data);
  expect(config).toMatchObject({ denseFeatures: 2, embeddingDim: 16, seed: 1 });
  expect(1 / (1 + Math.exp(-config.outputBias!))).toBeCloseTo(0.2, 12);
  expect(modelConfig(data, { outputBias: 'zero' }).outputBias).toBe(0);
});

test('a choice by size and name says how tables are stored', () => {
  const kinds = (tables: NonNullable<Parameters<typeof modelConfig>[1]>['tables']) =>
    modelConfig(data, { tables }).tables.map(({ name, config }) => `${name} ${config.kind}`);
  expect(kinds(({ numEmbeddings }) => (numEmbeddings > 100 ? tt : { kind: 'dense' }))).toEqual([
    'item tt',
    'user dense',
  ]);
  expect(kinds({ default: { kind: 'dense' }, largest: { count: 1, use: tt } })).toEqual([
    'item tt',
    'user dense',
  ]);
  expect(kinds({ default: { kind: 'dense' }, byName: { user: tt } })).toEqual(['item dense', 'user tt']);
  expect(() => kinds({ default: tt, byName: { usr: tt } })).toThrow(
    refusal('training/unknown-table', 'item, user, got usr', 'Did you mean "user"?'),
  );
  expect(() => kinds({ default: tt, largest: { count: 3, use: tt } })).toThrow(
    refusal('training/bad-count', 'the 2 tables', 'got 3'),
  );
});
