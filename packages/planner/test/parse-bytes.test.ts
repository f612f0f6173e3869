import { parseBytes } from '@ttrec/planner';
import { expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

test.each([
  ['20MB', 20_000_000],
  ['20MiB', 20 * 2 ** 20],
  ['1.5 kB', 1500],
  ['1.1kb', 1100],
  ['2e6', 2_000_000],
  ['512', 512],
  ['512B', 512],
  ['0.3KiB', 307],
  ['4GiB', 2 ** 32],
])('%s is %i bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', 'MB', '20 M', '-1MB', '20XB', '0', '0.5B', '1e30', '20MB each'])('refuses "%s"', (text) => {
  expect(() => parseBytes(text)).toThrow(refusal('planner/bad-bytes', 'kB, MB, GB', 'MiB is 2^20'));
});
