import { createCpuBackend } from '@ttrec/backend-cpu';
import { normals, sampleBags, weighted } from '@ttrec/testkit/backend';
import type { Bags } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { readParameters } from './host-values.ts';
import { sharedTable } from './shared-table.ts';
import { tableCases, type TableCase } from './table-cases.ts';

describe.each(tableCases)('$name, read by two features', (table) => {
  const first = sampleBags(table.numEmbeddings, 'first');
  const second = sampleBags(table.numEmbeddings, 'second');

  test('equals one feature with the bags of both, bit for bit, forward and trained', async () => {
    await expectLikeOne(table, first, second);
  });

  test('weights of one feature only: the other counts its lookups once', async () => {
    const ones = { ...second, perSampleWeights: new Float32Array(second.indices.length).fill(1) };
    await expectLikeOne(table, weighted(first), second, concatenate(weighted(first), ones));
  });
});

async function expectLikeOne(
  table: TableCase,
  first: Bags,
  second: Bags,
  both = concatenate(first, second),
): Promise<void> {
  const dim = table.embeddingDim;
  const bags = first.offsets.length - 1;
  const gradOne = normals(2 * bags * dim, 'gradOut');
  const one = await trainOnce(table, [both], gradOne);
  const two = await trainOnce(table, [first, second], sideBySide(gradOne, bags, dim));
  expect(two.out).toEqual(sideBySide(one.out, bags, dim));
  expect(two.parameters).toEqual(one.parameters);
}

async function trainOnce(table: TableCase, bags: readonly Bags[], gradOut: Float32Array) {
  const backend = createCpuBackend();
  const shared = sharedTable(backend, table, { features: bags.length, optimizer: { rule: 'adagrad' } });
  const out = await shared.step(bags, gradOut, 0.1);
  return { out, parameters: await readParameters(backend, shared.parameters) };
}

/** [2·B, D], one feature under the other, as [B, 2·D]. */
function sideBySide(stacked: Float32Array, bags: number, dim: number): Float32Array {
  const out = new Float32Array(stacked.length);
  for (let b = 0; b < bags; b++) {
    out.set(stacked.subarray(b * dim, (b + 1) * dim), 2 * b * dim);
    out.set(stacked.subarray((bags + b) * dim, (bags + b + 1) * dim), (2 * b + 1) * dim);
  }
  return out;
}

function concatenate(first: Bags, second: Bags): Bags {
  const start = first.indices.length;
  return {
    indices: Uint32Array.of(...first.indices, ...second.indices),
    offsets: Uint32Array.of(...first.offsets, ...second.offsets.subarray(1).map((offset) => start + offset)),
    ...(first.perSampleWeights && second.perSampleWeights
      ? { perSampleWeights: Float32Array.of(...first.perSampleWeights, ...second.perSampleWeights) }
      : {}),
  };
}
