import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatMetric,
  formatPercent,
  formatRate,
  formatRatio,
} from '../src/format.ts';

describe('figures', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [419_456, '419 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [21_774_080, '21.8 MB'],
    [1.1e9, '1.10 GB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [1.04, '1.0×'],
    [9.96, '10.0×'],
    [51.9, '52×'],
    [1234.5, '1,235×'],
  ])('a ratio of %d is %s', (ratio, text) => expect(formatRatio(ratio)).toBe(text));

  test.each([
    [0, '0'],
    [3.14159, '3.14'],
    [412.4, '412'],
    [999.6, '1,000'],
    [9994, '9,994'],
    [59_400, '59.4 k'],
    [1_250_000, '1.25 M'],
  ])('a rate of %d is %s', (rate, text) => expect(formatRate(rate)).toBe(text));

  test('metrics have four places, and a dash where they are undefined', () => {
    expect(formatMetric(0.44151)).toBe('0.4415');
    expect([formatMetric(null), formatMetric(undefined)]).toEqual(['–', '–']);
  });

  test('shares are per cent, finer where they are small', () => {
    expect([formatPercent(0.2345), formatPercent(0.0123), formatPercent(1)]).toEqual([
      '23.4 %',
      '1.23 %',
      '100.0 %',
    ]);
  });

  test('counts are grouped', () => expect(formatCount(1_234_567)).toBe('1,234,567'));
});
