import { expect, test } from 'vitest';
import { blockedBootstrap, deLong } from '../src/statistics.ts';

const labels = [0, 1, 0, 1];
const scores = [1, 2, 3, 4];
const blocks = [0, 0, 1, 1];

test.each([NaN, Infinity, 1, 0, -1, 1.5])('a bootstrap of %s resamples is refused', (resamples) => {
  expect(() => blockedBootstrap(labels, [scores, scores], { blocks, resamples })).toThrow(
    expect.objectContaining({
      code: 'training/bad-statistics',
      message: expect.stringContaining('blockedBootstrap, resamples: must be an integer from 2') as string,
    }) as Error,
  );
});

test('scores that are not numbers have no AUC', () => {
  const odd = [1, NaN, 3, 4];
  for (const run of [
    () => deLong(labels, scores, odd),
    () => blockedBootstrap(labels, [odd, scores], { blocks }),
  ]) {
    expect(run).toThrow(
      expect.objectContaining({
        code: 'training/bad-statistics',
        message: expect.stringContaining('scores[1]: must be a number') as string,
      }) as Error,
    );
  }
});
