import { addGradients, Dlrm, type SparseRows } from '@ttrec/dlrm';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { refusal } from '@ttrec/test-support';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mixedModel, sampleBatch } from './small-models.ts';

const COLS = 3;

/** Rows that are 2^k times a small integer, so that sums are exact in any order. */
const sparse = fc
  .uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 9 })
  .chain((ids) =>
    fc.tuple(
      fc.constant([...ids].sort((a, b) => a - b)),
      fc.array(fc.integer({ min: -8, max: 8 }), {
        minLength: COLS * ids.length,
        maxLength: COLS * ids.length,
      }),
    ),
  )
  .map(([ids, values]): SparseRows => ({ ids: Uint32Array.from(ids), values: Float32Array.from(values) }));

function dense({ ids, values }: SparseRows): Map<number, number[]> {
  return new Map(Array.from(ids, (id, u) => [id, [...values.subarray(u * COLS, (u + 1) * COLS)]]));
}

test('the sum has the rows of both, ascending, each once', () => {
  fc.assert(
    fc.property(sparse, sparse, (a, b) => {
      const [ofA, ofB] = [dense(a), dense(b)];
      const ids = [...new Set([...ofA.keys(), ...ofB.keys()])].sort((x, y) => x - y);
      const zeros = new Array<number>(COLS).fill(0);
      const expected = ids.map((id) =>
        (ofA.get(id) ?? zeros).map((value, c) => value + (ofB.get(id) ?? zeros)[c]!),
      );
      const [sum] = addGradients({ dense: [], sparse: [a] }, { dense: [], sparse: [b] }).sparse;
      expect([...sum!.ids]).toEqual(ids);
      expect([...sum!.values]).toEqual(expected.flat());
    }),
  );
});

test('gradients of shards add up to those of the batch, to the rounding of float32', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({ ...mixedModel, backend });
  const batch = sampleBatch(mixedModel, 6);
  const { gradients: whole, losses } = await model.shardGradients(batch, { batchWeight: 6, shard: 0 });
  const rows = (start: number, end: number) => ({
    size: end - start,
    dense: batch.dense.slice(start * 3, end * 3),
    labels: batch.labels.slice(start, end),
    features: batch.features.map(({ indices, offsets }) => ({
      indices: indices.slice(offsets[start], offsets[end]),
      offsets: offsets.slice(start, end + 1).map((offset) => offset - offsets[start]!),
    })),
  });
  const [first, second] = [
    await model.shardGradients(rows(0, 2), { batchWeight: 6, shard: 0 }),
    await model.shardGradients(rows(2, 6), { batchWeight: 6, shard: 1 }),
  ];
  expect([...first.losses, ...second.losses]).toEqual([...losses]);
  const sum = addGradients(first.gradients, second.gradients);
  const numbers = ({ dense: own, sparse: tables }: typeof sum) =>
    [...own, ...tables.map(({ values }) => values)].flatMap((values) => [...values]);
  const [got, want] = [numbers(sum), numbers(whole)];
  expect(got.length).toBe(want.length);
  // Two sums in another order, each of a few numbers below 1.
  got.forEach((value, i) => expect(Math.abs(value - want[i]!)).toBeLessThan(1e-6));
  expect(sum.sparse.map(({ ids }) => [...ids])).toEqual(whole.sparse.map(({ ids }) => [...ids]));
  await backend.dispose();
});

test('shards wait for the step before, and name options that they do not know', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({ ...mixedModel, backend });
  const batch = sampleBatch(mixedModel, 2);
  await expect(model.shardGradients(batch, { batchWeight: 2, shards: 1 } as never)).rejects.toEqual(
    refusal('dlrm/unknown-option', 'shardGradients'),
  );
  const { gradients } = await model.shardGradients(batch, { batchWeight: 2, shard: 0 });
  await expect(model.applyGradients(gradients, { learningRate: -1 })).rejects.toEqual(
    refusal('embeddings/bad-learning-rate', 'got -1'),
  );
  await backend.dispose();
});
