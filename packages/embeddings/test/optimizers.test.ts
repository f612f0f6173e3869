import { createCpuBackend } from '@ttrec/backend-cpu';
import { normals, sampleBags } from '@ttrec/testkit/backend';
import type { Bags, OptimizerConfig } from '@ttrec/embeddings';
import { scaledError } from '@ttrec/golden';
import { describe, expect, test } from 'vitest';
import { differences } from './differences.ts';
import { parameterValues, randomise, readParameters } from './host-values.ts';
import { referenceOptimizer } from './reference-optimizer.ts';
import { referencePool, referenceRows, type Values } from './reference-rows.ts';
import { sharedTable } from './shared-table.ts';
import { tableCases, type TableCase } from './table-cases.ts';

/** Three steps, each with the roundings of a forward and a backward, in float32. */
const TOLERANCE = 2e-5;
const STEPS = 3;
const LEARNING_RATE = 0.05;

/** Adagrad divides by what it has seen, so that a gradient near 0 keeps its relative error; a large epsilon tests the formula. */
const optimizers: readonly OptimizerConfig[] = [
  { rule: 'sgd' },
  { rule: 'adagrad', epsilon: 0.01 },
  { rule: 'rowwise-adagrad', epsilon: 0.01 },
];

/** Two features of one table, so that ids repeat within a bag, across bags and across features. */
function batches(table: TableCase): [Bags, Bags][] {
  return Array.from({ length: STEPS }, (_, step) => [
    sampleBags(table.numEmbeddings, `first ${step}`),
    sampleBags(table.numEmbeddings, `second ${step}`),
  ]);
}

describe.each(tableCases)('training of $name', (table) => {
  const fitting = optimizers.filter(({ rule }) => rule !== 'rowwise-adagrad' || !hasCores(table));
  test.each(fitting)('$rule, three steps, sum', (optimizer) => expectTraining(table, optimizer, 'sum'));
  test('sgd, three steps, mean', () => expectTraining(table, { rule: 'sgd' }, 'mean'));
});

test('epsilon is 1e-10 by default', async () => {
  const table = tableCases[0]!;
  await expectTraining(table, { rule: 'adagrad' }, 'sum');
  await expectTraining(table, { rule: 'rowwise-adagrad' }, 'sum');
});

async function expectTraining(
  table: TableCase,
  optimizer: OptimizerConfig,
  pooling: 'sum' | 'mean',
): Promise<void> {
  const backend = createCpuBackend();
  const { parameters, step } = sharedTable(backend, table, { features: 2, optimizer, pooling });
  randomise(backend, parameters);
  const before = await readParameters(backend, parameters);
  const values = await parameterValues(backend, parameters);
  const update = referenceOptimizer(optimizer, values);
  const touched = new Set<string>();
  for (const [s, bags] of batches(table).entries()) {
    const gradOut = normals((bags[0].offsets.length - 1) * 2 * table.embeddingDim, `grad ${s}`);
    await step(bags, gradOut, LEARNING_RATE);
    const gradients = differences(values, () => lossOf(table, values, bags, { gradOut, pooling }));
    for (const row of update(gradients, LEARNING_RATE)) touched.add(row);
  }
  for (const [k, got] of (await readParameters(backend, parameters)).entries()) {
    expect(scaledError(got, values[k]!.data), `parameter ${k}`).toBeLessThan(TOLERANCE);
    const cols = parameters[k]!.weights.cols;
    const moved = Array.from(got.keys())
      .filter((i) => !Object.is(got[i], before[k]![i]))
      .map((i) => Math.floor(i / cols));
    const strays = moved.filter((row) => !touched.has(`${k}/${row}`));
    expect(strays, `rows of parameter ${k} that moved without a gradient`).toEqual([]);
  }
}

/** The sum of gradOut times the pooled output [B, 2·D]. */
function lossOf(
  table: TableCase,
  values: readonly Values[],
  bags: readonly Bags[],
  { gradOut, pooling }: { gradOut: Float32Array; pooling: 'sum' | 'mean' },
): number {
  const rows = referenceRows(table.config, values);
  const dim = table.embeddingDim;
  let loss = 0;
  bags.forEach((own, f) => {
    referencePool(rows, own, pooling, dim).forEach((value, i) => {
      const [b, j] = [Math.floor(i / dim), i % dim];
      loss += value * gradOut[b * bags.length * dim + f * dim + j]!;
    });
  });
  return loss;
}

function hasCores({ config }: TableCase): boolean {
  return config.kind === 'tt' || (config.kind === 'hash' && config.into.kind === 'tt');
}
