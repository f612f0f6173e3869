import { expect, test } from 'vitest';
import { quantile, ratiosOfPairs, summarise } from '../src/statistics.ts';

test('quantiles are linear between the samples, whatever their order', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([30, 10, 20], 0.5)).toBe(20);
  expect(quantile([10, 20, 30], 0)).toBe(10);
  expect(quantile([10, 20, 30], 1)).toBe(30);
  expect(quantile([7], 0.9)).toBe(7);
});

test('a summary is the median and the range from 10 % to 90 %', () => {
  const samples = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  expect(summarise(samples)).toEqual({ median: 5, low: 1, high: 9 });
});

test('ratios are taken pair by pair, so that a slow minute which both met cancels', () => {
  expect(ratiosOfPairs([1, 10, 2], [3, 30, 6])).toEqual([3, 3, 3]);
});

test('the median of the ratios is not the ratio of the medians', () => {
  const ratios = ratiosOfPairs([1, 2, 4], [4, 2, 1]);
  expect(ratios).toEqual([4, 1, 0.25]);
  expect(summarise(ratios).median).toBe(1);
});

test('a pair in which one side has no time counts for nothing', () => {
  expect(ratiosOfPairs([1, null, 2, 4], [2, 5, null, 2])).toEqual([2, 0.5]);
  expect(ratiosOfPairs([1], [])).toEqual([]);
});
