import { parameterCount } from '@ttrec/tensor-train';
import { maximalRanks, ranksForBudget } from '@ttrec/tensor-train/shapes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';
import { shapes } from './random-tt.ts';

describe('ranksForBudget', () => {
  const kaggle = { rowShape: [200, 220, 250], colShape: [2, 2, 4] };

  test('what rank 32 takes buys rank 32', () => {
    expect(ranksForBudget(kaggle, { parameters: 495360 })).toEqual([1, 32, 32, 1]);
    expect(ranksForBudget(kaggle, { bytes: 4 * 495360 })).toEqual([1, 32, 32, 1]);
  });

  test('what is left over goes to single ranks', () => {
    const ranks = ranksForBudget(kaggle, { parameters: 495360 + 15_000 });
    expect(ranks).toEqual([1, 33, 32, 1]);
  });

  test('a budget without end stops at the useful maximum', () => {
    expect(ranksForBudget({ rowShape: [3, 4, 5], colShape: [2, 2, 3] }, { parameters: 1e9 })).toEqual(
      maximalRanks([3, 4, 5], [2, 2, 3]),
    );
  });

  test('never above the budget, never beyond what is useful, and no room for one more', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 400 }), ({ rowShape, colShape }, more) => {
        const ones = [...rowShape, 1].map(() => 1);
        const parameters = parameterCount({ rowShape, colShape, ranks: ones }) + more;
        const ranks = ranksForBudget({ rowShape, colShape }, { parameters });
        expect(parameterCount({ rowShape, colShape, ranks })).toBeLessThanOrEqual(parameters);
        const most = maximalRanks(rowShape, colShape);
        ranks.forEach((rank, k) => expect(rank).toBeLessThanOrEqual(most[k]!));
        for (let k = 1; k < ranks.length - 1; k++) {
          const modes = rowShape.map((p, at) => p * colShape[at]!);
          const useful = ranks[k]! < Math.min(ranks[k - 1]! * modes[k - 1]!, ranks[k + 1]! * modes[k]!);
          const raised = ranks.map((rank, at) => (at === k ? rank + 1 : rank));
          if (useful)
            expect(parameterCount({ rowShape, colShape, ranks: raised })).toBeGreaterThan(parameters);
        }
      }),
    );
  });

  test('refuses a budget below the rank-1 floor', () => {
    expect(() => ranksForBudget(kaggle, { parameters: 1839 })).toThrow(
      refusal(
        'tensor-train/budget-too-small',
        'parameters: must be at least what rank 1 takes, 1840, got 1839.',
      ),
    );
    expect(() => ranksForBudget(kaggle, { bytes: 7359 })).toThrow(
      refusal('tensor-train/budget-too-small', 'bytes: must be at least what rank 1 takes, 7360, got 7359.'),
    );
    expect(() => ranksForBudget(kaggle, { bytes: Number.NaN })).toThrow(
      refusal('tensor-train/bad-budget', 'bytes'),
    );
  });
});
