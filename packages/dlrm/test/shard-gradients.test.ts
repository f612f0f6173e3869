import { Dlrm } from '@ttrec/dlrm';
import { addSubtrees, RowMerger, subtreesOf, type BatchPart, type SubtreeRows } from '@ttrec/dlrm/shards';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { refusal } from '@ttrec/test-support';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mixedModel, sampleBatch } from './small-models.ts';

const COLS = 3;

/** A number of shards, and where workers divide them. */
const divisions = fc
  .integer({ min: 1, max: 20 })
  .chain((shards) =>
    fc
      .uniqueArray(fc.integer({ min: 1, max: shards }), { maxLength: 6 })
      .map((cuts) => ({ shards, cuts: [0, ...[...cuts].sort((a, b) => a - b), shards] })),
  );

const rangesOf = (cuts: readonly number[]) =>
  cuts.slice(1).map((end, worker) => ({ start: cuts[worker]!, end }));

test('the subtrees of all workers are all shards, and what they leave is the same whoever has which', () => {
  fc.assert(
    fc.property(
      divisions,
      fc.infiniteStream(fc.float({ noNaN: true, min: -9, max: 9 })),
      ({ shards, cuts }, stream) => {
        const subtrees = rangesOf(cuts).flatMap((range) => subtreesOf(range, shards));
        expect(
          subtrees.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, s) => start + s)),
        ).toEqual(Array.from({ length: shards }, (_, s) => s));
        const values = Float32Array.from({ length: shards * COLS }, () => stream.next().value as number);
        const sumOf = (start: number, end: number) => {
          const range = Array.from({ length: end - start }, (_, s) => start + s);
          return addSubtrees(
            range.map((s) => values.slice(s * COLS, (s + 1) * COLS)),
            range,
          );
        };
        const parts = subtrees.map(({ start, end }) => sumOf(start, end));
        const starts = subtrees.map(({ start }) => start);
        expect(addSubtrees(parts, starts)).toEqual(sumOf(0, shards));
      },
    ),
  );
});

/** Rows that are small integers, so that sums are exact in any order. */
const rows = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 9 }).chain((ids) =>
  fc.tuple(
    fc.constant([...ids].sort((a, b) => a - b)),
    fc.array(fc.integer({ min: -8, max: 8 }), {
      minLength: COLS * ids.length,
      maxLength: COLS * ids.length,
    }),
  ),
);

test('merged rows are those of all parts, ascending, each once, and leave the parts as they were', () => {
  const merger = new RowMerger(COLS);
  fc.assert(
    fc.property(fc.array(rows, { minLength: 1, maxLength: 6 }), (lists) => {
      const expected = new Map<number, number[]>();
      for (const [ids, values] of lists) {
        ids.forEach((id, u) => {
          const sum = expected.get(id) ?? [0, 0, 0, 0];
          expected.set(
            id,
            sum.map((value, c) => value + (c < COLS ? values[u * COLS + c]! : 2)),
          );
        });
      }
      const parts = lists.map(([ids, values], start): SubtreeRows => {
        const counts = new Uint32Array(ids.length).fill(2);
        return { start, rows: { ids: Uint32Array.from(ids), values: Float32Array.from(values), counts } };
      });
      const { ids, values, counts } = merger.merge(parts);
      expect([...ids]).toEqual([...expected.keys()].sort((a, b) => a - b));
      const got = Array.from(ids, (_, u) => [...values.subarray(u * COLS, (u + 1) * COLS), counts![u]!]);
      expect(got).toEqual(Array.from(ids, (id) => expected.get(id)!));
      parts.forEach((part, p) => expect([...part.rows.values]).toEqual(lists[p]![1]));
    }),
  );
});

test('rows that workers merge first are those merged at once, bit for bit', () => {
  fc.assert(
    fc.property(
      divisions,
      fc.infiniteStream(fc.uniqueArray(fc.nat(6), { maxLength: 5 })),
      fc.infiniteStream(fc.float({ noNaN: true, min: -9, max: 9 })),
      ({ shards, cuts }, idLists, stream) => {
        const parts = Array.from({ length: shards }, (_, start): SubtreeRows => {
          const ids = Uint32Array.from(idLists.next().value as number[]).sort();
          const values = Float32Array.from(
            { length: COLS * ids.length },
            () => stream.next().value as number,
          );
          return { start, rows: { ids, values } };
        });
        const merged = (list: readonly SubtreeRows[]) => new RowMerger(COLS).merge(list);
        const subtrees = rangesOf(cuts)
          .flatMap((range) => subtreesOf(range, shards))
          .map(({ start, end }) => ({ start, rows: merged(parts.slice(start, end)) }));
        expect(merged(subtrees)).toEqual(merged(parts));
      },
    ),
  );
});

const whole = { batchWeight: 6, shards: 1, first: 0, spans: [{ start: 0, end: 6 }] } satisfies BatchPart;

test('a step on shards is the step on the batch, to the rounding of float32', async () => {
  const backend = createCpuBackend();
  const batch = sampleBatch(mixedModel, 6);
  const [alone, shared] = [new Dlrm({ ...mixedModel, backend }), new Dlrm({ ...mixedModel, backend })];
  const { loss, logits } = await alone.trainStep(batch, { learningRate: 0.5 });
  const spans = [0, 2, 4].map((start) => ({ start, end: start + 2 }));
  const found = await shared.shardGradients(batch, { ...whole, shards: 3, spans });
  expect(found.gradients.map(({ start }) => start)).toEqual([0]);
  expect(found.logits).toEqual(logits);
  expect([...found.losses].reduce((sum, each) => sum + each, 0) / 6).toBeCloseTo(loss, 12);
  await shared.applyGradients(found.gradients[0]!, { learningRate: 0.5 });
  const numbers = (model: Dlrm) =>
    Promise.all(model.parameters.map(async ({ weights }) => [...(await backend.read(weights))]));
  const [got, want] = [await numbers(shared), await numbers(alone)];
  // Sums in another order, each of a few numbers below 1.
  got.flat().forEach((value, i) => expect(Math.abs(value - want.flat()[i]!)).toBeLessThan(1e-6));
  expect(shared.gradientLayout.tables.map(({ name, kind, cols }) => [name, kind, cols])).toEqual([
    ['table.dense', 'dense', 4],
    ['table.tt', 'tt', 4],
    ['table.hash', 'hash→tt', 4],
  ]);
  await backend.dispose();
});

test('unknown options and bad learning rates are refused', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({ ...mixedModel, backend });
  const batch = sampleBatch(mixedModel, 6);
  await expect(model.shardGradients(batch, { ...whole, shard: 1 } as never)).rejects.toEqual(
    refusal('dlrm/unknown-option', 'shardGradients'),
  );
  const { gradients } = await model.shardGradients(batch, whole);
  await expect(model.applyGradients(gradients[0]!, { learningRate: -1 })).rejects.toEqual(
    refusal('embeddings/bad-learning-rate', 'got -1'),
  );
  await backend.dispose();
});
