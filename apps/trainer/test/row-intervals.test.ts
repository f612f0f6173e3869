import { RandomStream } from '@ttrec/core';
import { deLong } from '@ttrec/training/statistics';
import { expect, test, vi } from 'vitest';
import type { CellRecord } from '../src/comparison/cells/cells.ts';
import { intervalsOverRows } from '../src/comparison/row-intervals.ts';

const stream = new RandomStream(3, 'rows');
const labels = Float32Array.from({ length: 200 }, () => stream.nextInteger(2));
const drawn = () => Float32Array.from(labels, (label) => label + 3 * stream.nextUniform());
const [SEEDS, arms, budgets] = [2, ['hash', 'tt', 'sum'], ['8x', '64x']];

const cell = (arm: string, budget: string, seed: number) =>
  ({
    arm,
    budget,
    seed,
    predictions: { labels: 'labels', logits: `${arm}@${budget}.${seed}` },
  }) as CellRecord;
const cellsOf = (arm: string, budget: string) =>
  Array.from({ length: SEEDS }, (_, s) => cell(arm, budget, s + 1));
const places = budgets.flatMap((budget) => arms.map((arm) => [arm, budget] as const));
const scores = new Map(
  [...places, ['dense', 'own'] as const].flatMap(([arm, budget]) =>
    cellsOf(arm, budget).map(({ predictions }) => [predictions.logits, drawn()] as const),
  ),
);
/** Every arm against the hash of its budget, then against dense. */
const pairs = [
  ...places
    .filter(([arm]) => arm !== 'hash')
    .map(([arm, budget]) => [cellsOf(arm, budget), cellsOf('hash', budget)] as const),
  ...places.map(([arm, budget]) => [cellsOf(arm, budget), cellsOf('dense', 'own')] as const),
];

test('each training is read and ranked once, and intervals are the means of those of DeLong', async () => {
  const read = vi.fn((name: string) => Promise.resolve(name === 'labels' ? labels : scores.get(name)));
  const sort = vi.spyOn(Float64Array.prototype, 'sort');
  const intervals = await intervalsOverRows(pairs, { predictions: read });
  const sorts = sort.mock.calls.length;
  sort.mockRestore();
  expect(sorts).toBe(scores.size);
  expect(read.mock.calls.filter(([name]) => name !== 'labels')).toHaveLength(scores.size);
  pairs.forEach(([own, others], p) => {
    const tests = own.map(({ predictions }, s) =>
      deLong(labels, scores.get(predictions.logits)!, scores.get(others[s]!.predictions.logits)!),
    );
    const mean = (field: 'low' | 'high' | 'standardError') =>
      tests.reduce((sum, each) => sum + each[field], 0) / SEEDS;
    expect(intervals[p]).toEqual({
      standardError: mean('standardError'),
      low: mean('low'),
      high: mean('high'),
    });
  });
});

test('a pair without predictions of one seed, or rows of one class, has no interval', async () => {
  const gone = cellsOf('tt', '8x')[1]!.predictions.logits;
  const kept = (name: string) =>
    Promise.resolve(name === 'labels' ? labels : name === gone ? undefined : scores.get(name));
  const intervals = await intervalsOverRows(pairs, { predictions: kept });
  pairs.forEach(([own], p) => {
    const isGone = own.some(({ predictions }) => predictions.logits === gone);
    expect(intervals[p] === null).toBe(isGone);
  });
  const ofOneClass = (name: string) => Promise.resolve(name === 'labels' ? labels.map(() => 1) : drawn());
  expect(await intervalsOverRows(pairs, { predictions: ofOneClass })).toEqual(pairs.map(() => null));
});
