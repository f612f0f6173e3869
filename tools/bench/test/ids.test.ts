import { describe, expect, test } from 'vitest';
import { makeIds, type IdDistribution } from '../src/ids.ts';

/**
 * Computed by `make_ids(distribution, rows, 5000, 2007)` of the peers' bench_common.py (NumPy): the first eight ids and the
 * sum of all.
 */
const known: readonly (readonly [IdDistribution, number, readonly number[], number])[] = [
  ['uniform', 10131227, [813718, 5069378, 3620791, 689894, 2348962, 4305840, 9225321, 9796346], 25472572902],
  ['uniform', 1000, [80, 500, 357, 68, 231, 425, 910, 966], 2511777],
  ['uniform', 3, [0, 1, 1, 0, 0, 1, 2, 2], 5030],
  ['zipf', 10131227, [54287, 5164304, 4397247, 54287, 760018, 1377617, 9482410, 2980568], 17934178303],
  ['zipf', 1000, [0, 742, 88, 0, 283, 893, 324, 882], 2202886],
  ['zipf', 3, [0, 0, 0, 0, 0, 0, 2, 2], 3517],
  ['zipfsorted', 10131227, [1, 655, 81, 1, 14, 212, 1236555, 4536311], 2315382446],
  ['zipfsorted', 1000, [0, 22, 8, 0, 3, 13, 484, 762], 651126],
  ['zipfsorted', 3, [0, 0, 0, 0, 0, 0, 2, 2], 3517],
];

describe('ids are those that the peers draw', () => {
  test.each(known)('%s over %d rows', (distribution, rows, first, sum) => {
    const ids = makeIds(distribution, rows, 5000, 2007);
    expect(Array.from(ids.subarray(0, 8))).toEqual(first);
    expect(ids.reduce((total, id) => total + id, 0)).toBe(sum);
  });
});
