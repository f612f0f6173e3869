import { FrequentIds } from '../src/kinds/cached/frequent-ids.ts';
import { RandomStream } from '@ttrec/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const MAX_ID = 2 ** 32 - 1;

describe('counts of frequent ids', () => {
  test('are exact while there is a counter for each', () => {
    const property = fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: MAX_ID }), fc.integer({ min: 1, max: 9 })), {
        maxLength: 60,
      }),
      (adds) => {
        const counts = new FrequentIds(60);
        const truth = new Map<number, number>();
        for (const [id, times] of adds) {
          counts.add(id, times);
          truth.set(id, (truth.get(id) ?? 0) + times);
        }
        expect(new Map(counts.byCount().map(({ id, count }) => [id, count]))).toEqual(truth);
        for (const [id, count] of truth) expect(counts.count(id)).toBe(count);
      },
    );
    fc.assert(property);
  });

  test('with fewer counters than ids are never above the truth, and hold whoever comes often enough', () => {
    const [most, draws] = [512, 40_000];
    const counts = new FrequentIds(most);
    const truth = new Map<number, number>();
    const stream = new RandomStream(1, 'ids');
    for (let i = 0; i < draws; i++) {
      // Zipf's law with exponent 1 over a million ids, by inverting its distribution.
      const id = Math.floor(Math.exp(stream.nextUniform() * Math.log(1_000_000)));
      counts.add(id, 1);
      truth.set(id, (truth.get(id) ?? 0) + 1);
    }
    const found = counts.byCount();
    expect(found.length).toBeLessThanOrEqual(most);
    for (const { id, count } of found) expect(count).toBeLessThanOrEqual(truth.get(id)!);
    // Each purge takes its median off at least half of the counters, so that all purges together take at most
    // draws / (most / 2) off any one of them.
    const bound = draws / (most / 2);
    for (const [id, count] of truth) expect(counts.count(id)).toBeGreaterThanOrEqual(count - bound);
    expect([...truth.values()].filter((count) => count > bound).length).toBeGreaterThan(10);
  });

  test('go by falling count, ties by rising id', () => {
    const counts = new FrequentIds(8);
    for (const [id, times] of [
      [9, 2],
      [MAX_ID, 5],
      [0, 2],
      [4, 7],
    ] as const)
      counts.add(id, times);
    expect(counts.byCount().map(({ id }) => id)).toEqual([4, MAX_ID, 0, 9]);
  });

  test('age, and are forgotten at zero or by name', () => {
    const counts = new FrequentIds(8);
    counts.add(1, 5);
    counts.add(2, 1);
    counts.add(3, 4);
    counts.scale(0.5);
    expect(counts.byCount()).toEqual([
      { id: 1, count: 2 },
      { id: 3, count: 2 },
    ]);
    counts.remove(new Set([1]));
    expect(counts.byCount()).toEqual([{ id: 3, count: 2 }]);
    counts.clear();
    expect(counts.byCount()).toEqual([]);
  });

  test('stop at the largest number there is', () => {
    const counts = new FrequentIds(2);
    counts.add(1, MAX_ID);
    counts.add(1, 7);
    expect(counts.count(1)).toBe(MAX_ID);
  });

  test('take the memory that was said, and the same ids leave the same arrays', () => {
    const filled = () => {
      const counts = new FrequentIds(100);
      for (let i = 0; i < 5000; i++) counts.add((i * i) % 1013, 1 + (i % 3));
      return counts;
    };
    const [first, second] = [filled(), filled()];
    expect(first.ids.byteLength + first.counts.byteLength).toBe(FrequentIds.bytes(100));
    expect(first.ids).toEqual(second.ids);
    expect(first.counts).toEqual(second.counts);
    const restored = new FrequentIds(100);
    restored.ids.set(first.ids);
    restored.counts.set(first.counts);
    restored.stateLoaded();
    for (let i = 0; i < 500; i++) {
      first.add(i, 1);
      restored.add(i, 1);
    }
    expect(restored.counts).toEqual(first.counts);
  });
});
