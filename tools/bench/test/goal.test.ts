import { expect, test } from 'vitest';
import type { ContenderRecord } from '../src/record.ts';
import { goalInWords } from '../src/report/table.ts';

const summary = (median: number) => ({ median, low: median, high: median });

function contender(goal: Partial<ContenderRecord>): ContenderRecord {
  return { name: 'a', kind: 'own', samples: [], ratio: summary(2), rate: summary(30), ...goal };
}

test.each<[Partial<ContenderRecord>, string]>([
  [{ atLeast: 2 }, '≥ 2.00× met'],
  [{ atLeast: 2.1 }, '≥ 2.10× missed'],
  [{ atMost: 2 }, '≤ 2.00× met'],
  [{ atMost: 0.15 }, '≤ 0.15× missed'],
  [{ rateAtLeast: 30 }, '≥ 30.0/s met'],
  [{ rateAtLeast: 31 }, '≥ 31.0/s missed'],
  [{}, ''],
])('the goal %o reads %s', (goal, words) => {
  expect(goalInWords(contender(goal))).toBe(words);
});

test('a goal against what did not run is neither met nor missed', () => {
  const { ratio, ...absent } = contender({ atMost: 0.15 });
  expect(ratio).toBeDefined();
  expect(goalInWords(absent)).toBe('≤ 0.15×');
});
