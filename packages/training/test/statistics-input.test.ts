import { expect, test } from 'vitest';
import { isTtrecError } from '@ttrec/core';
import {
  aucRanks,
  blockedBootstrap,
  deLong,
  deLongOf,
  equivalence,
  holm,
  judge,
  normalCdf,
  pairedT,
  tCdf,
  tQuantile,
} from '../src/statistics.ts';

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

const pair = [scores, scores] as const;
const nonsense: readonly unknown[] = [
  ...[undefined, null, '', '12', true, {}, [null], ['a'], [undefined], () => 1, Symbol('s'), 10n, new Map()],
  ...[-1, 1.5, NaN, Infinity, [], [NaN], [[]], { length: 4 }, { length: -1 }, new Float32Array(0)],
];

/** Calls with `got` in the place of one argument. */
const calls: Readonly<Record<string, (got: never) => unknown>> = {
  'pairedT, differences': (got) => pairedT(got),
  'pairedT, level': (got) => pairedT([1, 2], got),
  'equivalence, difference': (got) => equivalence(got, 0.001),
  'equivalence, margin': (got) => equivalence(pairedT([1, 2]), got),
  'holm, pValues': (got) => holm(got),
  'judge, differences': (got) => judge(got),
  'judge, one of the differences': (got) => judge([got]),
  'judge, margin': (got) => judge([[1, 2]], got),
  'tCdf, t': (got) => tCdf(got, 3),
  'tCdf, degrees': (got) => tCdf(1, got),
  'tQuantile, p': (got) => tQuantile(got, 3),
  'tQuantile, degrees': (got) => tQuantile(0.4, got),
  'normalCdf, z': (got) => normalCdf(got),
  'deLong, labels': (got) => deLong(got, ...pair),
  'deLong, first': (got) => deLong(labels, got, scores),
  'deLong, second': (got) => deLong(labels, scores, got),
  'deLong, weights': (got) => deLong(labels, ...pair, got),
  'aucRanks, labels': (got) => aucRanks(got, scores),
  'aucRanks, scores': (got) => aucRanks(labels, got),
  'aucRanks, weights': (got) => aucRanks(labels, scores, got),
  'deLongOf, first': (got) => deLongOf(got, aucRanks(labels, scores)),
  'deLongOf, second': (got) => deLongOf(aucRanks(labels, scores), got),
  'blockedBootstrap, labels': (got) => blockedBootstrap(got, pair, { blocks }),
  'blockedBootstrap, scores': (got) => blockedBootstrap(labels, got, { blocks }),
  'blockedBootstrap, first': (got) => blockedBootstrap(labels, [got, scores], { blocks }),
  'blockedBootstrap, options': (got) => blockedBootstrap(labels, pair, got),
  'blockedBootstrap, blocks': (got) => blockedBootstrap(labels, pair, { blocks: got }),
  'blockedBootstrap, a block': (got) => blockedBootstrap(labels, pair, { blocks: [0, 0, 1, got] }),
  'blockedBootstrap, resamples': (got) => blockedBootstrap(labels, pair, { blocks, resamples: got }),
  'blockedBootstrap, seed': (got) => blockedBootstrap(labels, pair, { blocks, seed: got, resamples: 2 }),
};

test.each(Object.keys(calls))('%s: nonsense is refused with a code, or has an answer', (name) => {
  let refused = 0;
  for (const got of nonsense) {
    try {
      calls[name]!(got as never);
    } catch (thrown) {
      expect(isTtrecError(thrown, 'training/bad-statistics'), `${String(got)}: ${String(thrown)}`).toBe(true);
      refused++;
    }
  }
  // Numbers that are in range, undefined in the place of a default, and an empty list of tests have answers.
  expect(refused).toBeGreaterThan(nonsense.length - 7);
});

test('p-values that are none are not adjusted', () => {
  expect(() => holm([0.5, NaN])).toThrow('holm, pValues: must be a list of numbers from 0 to 1');
});
