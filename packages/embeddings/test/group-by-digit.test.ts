import { describe, expect, test } from 'vitest';
import { DigitGrouper } from '../src/lookup/grouping/group-by-digit.ts';
import { hosts } from './hosts.ts';

/** By definition: for each distinct digit, ascending, the places that hold it. */
function expected(digit: Uint32Array): { digits: number[]; offsets: number[]; nodes: number[] } {
  const digits = [...new Set(digit)].sort((a, b) => a - b);
  const groups = digits.map((d) => [...digit.keys()].filter((node) => digit[node] === d));
  const offsets = groups.reduce((ends, group) => [...ends, ends.at(-1)! + group.length], [0]);
  return { digits, offsets, nodes: groups.flat() };
}

// Below few counters, above them with more nodes than digits, and with fewer: the sparse way.
describe.each(hosts)('%s', (_, { host }) => {
  test.each([1, 5, 200, 3000, 2 ** 32])('digits below %s', (factor) => {
    const grouper = new DigitGrouper(factor);
    for (const count of [1, 7, 4000, 50]) {
      const digit = Uint32Array.from({ length: count }, (_, i) => (i * 2_654_435_761) % factor);
      const { digits, offsets, nodes } = expected(digit);
      const { slices, sliceDigit, sliceOffsets, sliceNodes } = grouper.group(digit, host);
      expect(slices).toBe(digits.length);
      expect([...sliceDigit]).toEqual(digits);
      expect([...sliceOffsets]).toEqual(offsets);
      expect([...sliceNodes]).toEqual(nodes);
    }
  });
});
