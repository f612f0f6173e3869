import type { Pooling } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag, type Bags } from '@ttrec/embeddings';
import { scaledError } from '@ttrec/golden';
import { describe, expect, test } from 'vitest';
import { differences } from './differences.ts';
import { parameterValues, randomise, spread } from './host-values.ts';
import { referencePool, referenceRows } from './reference-table.ts';
import { normals, sampleBags, weighted } from './sample-bags.ts';
import { tableCases, type TableCase } from './table-cases.ts';

/** As for the forward; the differences themselves are exact to float64. */
const TOLERANCE = 1e-5;

describe.each(tableCases)('gradients of $name equal central differences of the reference', (table) => {
  const bags = sampleBags(table.numEmbeddings);
  test('sum', () => expectGradients(table, bags, 'sum'));
  test('mean', () => expectGradients(table, bags, 'mean'));
  test('weighted sum', () => expectGradients(table, weighted(bags), 'sum'));
});

async function expectGradients(table: TableCase, bags: Bags, pooling: Pooling): Promise<void> {
  const { numEmbeddings, embeddingDim, config } = table;
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({ backend, numEmbeddings, embeddingDim, table: config, pooling });
  randomise(backend, bag.parameters);
  const gradOut = normals((bags.offsets.length - 1) * embeddingDim, 'gradOut');
  const values = await parameterValues(backend, bag.parameters);
  const want = differences(values, () => {
    const pooled = referencePool(referenceRows(config, values), bags, pooling, embeddingDim);
    return pooled.reduce((sum, value, i) => sum + value * gradOut[i]!, 0);
  });

  bag.forward(bags);
  const gradients = bag.gradients(gradOut);
  expect(gradients.length).toBe(want.length);
  for (const [k, gradient] of gradients.entries()) {
    const { rowIds } = gradient;
    expect([...rowIds], 'rows ascend, none twice').toEqual([...new Set(rowIds)].sort((a, b) => a - b));
    expect(scaledError(await spread(backend, gradient), want[k]!), `parameter ${k}`).toBeLessThan(TOLERANCE);
  }
}
