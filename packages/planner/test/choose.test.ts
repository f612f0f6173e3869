import { RandomStream } from '@ttrec/core';
import { expect, test } from 'vitest';
import { chooseOptions } from '../src/search/choose.ts';
import type { Choice } from '../src/search/completions.ts';

/** Choices by rising bytes and falling loss. */
function randomList(stream: RandomStream, most: number): Choice[] {
  const length = 1 + stream.nextInteger(most);
  const draw = (limit: number) => new Set(Array.from({ length }, () => 1 + stream.nextInteger(limit)));
  const bytes = [...draw(60)].sort((a, b) => a - b);
  const losses = [...draw(1000)].sort((a, b) => b - a);
  return bytes.slice(0, losses.length).map((value, i) => ({ bytes: value, loss: losses[i]! / 1000 }));
}

function bruteForce(lists: readonly (readonly Choice[])[], budget: number): number {
  const [first, ...rest] = lists;
  if (first === undefined) return budget >= 0 ? 0 : Infinity;
  return Math.min(...first.map(({ bytes, loss }) => loss + bruteForce(rest, budget - bytes)));
}

test('is the best of all combinations, for 400 random models', () => {
  const stream = new RandomStream(3, 'models');
  for (let model = 0; model < 400; model++) {
    const lists = Array.from({ length: 1 + stream.nextInteger(5) }, () => randomList(stream, 7));
    const budget = stream.nextInteger(60 * lists.length);
    const best = bruteForce(lists, budget);
    const found = chooseOptions(lists, budget);
    if (best === Infinity) {
      expect(found).toBeUndefined();
      continue;
    }
    // Sums in another order differ by rounding.
    expect(found!.loss).toBeCloseTo(best, 10);
    expect(found!.lowerBound).toBe(found!.loss);
    expect(found!.bytes).toBeLessThanOrEqual(budget);
    expect(found!.bytes).toBe(found!.picks.reduce((sum, pick, t) => sum + lists[t]![pick]!.bytes, 0));
  }
});

test('where the search is cut short, tells how far below the optimum can be', () => {
  const stream = new RandomStream(5, 'large');
  const lists = Array.from({ length: 40 }, () => {
    let [bytes, loss] = [0, 1];
    return Array.from({ length: 400 }, () => {
      bytes += 1 + stream.nextInteger(1_000_000);
      loss *= 1 - 0.02 * stream.nextUniform();
      return { bytes, loss };
    });
  });
  const budget = Math.floor(lists.reduce((sum, list) => sum + list.at(-1)!.bytes, 0) / 3);
  const found = chooseOptions(lists, budget)!;
  expect(found.bytes).toBeLessThanOrEqual(budget);
  expect(found.lowerBound).toBeLessThanOrEqual(found.loss);
  expect(found.loss - found.lowerBound).toBeLessThan(1e-4 * found.loss);
});
