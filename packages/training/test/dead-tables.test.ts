import { fit } from '@ttrec/training';
import { expect, test } from 'vitest';
import { clicks, modelFor } from './models.ts';

test('tables that do not change are told of at evaluations, others are not', async () => {
  const dataset = await clicks();
  const tables = {
    default: { kind: 'dense' },
    byName: { C2: { kind: 'low-rank', rank: 2 } },
  } as const;
  const model = modelFor(dataset, { tables });
  const factors = model.parameters.filter(({ name }) => name.startsWith('table.C2.'));
  expect(factors).toHaveLength(2);
  // Two factors of zeros have gradients of zero.
  for (const { weights } of factors)
    model.backend.write(weights, new Float32Array(weights.rows * weights.cols));
  const told: unknown[] = [];
  const onDeadTables = (names: readonly string[], step: number) => void told.push([names, step]);
  await fit(model, dataset, { batchSize: 8, epochs: 2, onDeadTables });
  expect(told).toEqual([
    [['C2'], 39],
    [['C2'], 78],
  ]);
  const sound: unknown[] = [];
  await fit(modelFor(dataset, { tables }), dataset, {
    batchSize: 8,
    epochs: 2,
    onDeadTables: (names) => void sound.push(names),
  });
  expect(sound).toEqual([]);
});

test('fewer than 20 steps tell nothing', async () => {
  const dataset = await clicks();
  const model = modelFor(dataset);
  const told: unknown[] = [];
  await fit(model, dataset, {
    batchSize: 8,
    steps: 19,
    evaluateEvery: 1,
    learningRate: 1e-30,
    onDeadTables: (names) => void told.push(names),
  });
  expect(told).toEqual([]);
});

test('so are all tables at a rate that vanishes in their numbers', async () => {
  const dataset = await clicks();
  const told: unknown[] = [];
  await fit(modelFor(dataset), dataset, {
    batchSize: 8,
    epochs: 1,
    learningRate: 1e-30,
    onDeadTables: (names) => void told.push(names),
  });
  expect(told).toEqual([['C1', 'C2', 'C3']]);
});
