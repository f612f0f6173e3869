import { naiveDigits, naiveTrie } from '@ttrec/testkit/backend';
import { expect, test } from 'vitest';

test('digits are mixed radix, most significant first', () => {
  expect(naiveDigits(0, [3, 4, 5])).toEqual([0, 0, 0]);
  expect(naiveDigits(59, [3, 4, 5])).toEqual([2, 3, 4]);
  expect(naiveDigits(27, [3, 4, 5])).toEqual([1, 1, 2]);
  expect(naiveDigits(4294967295, [65536, 65536])).toEqual([65535, 65535]);
});

test('a trie written out by hand', () => {
  // Row factors 2, 3, 2; ids 11 = (1,2,1), 4 = (0,2,0), 5 = (0,2,1), 0 = (0,0,0).
  const { rows, levels } = naiveTrie([11, 4, 5, 0, 4], [2, 3, 2]);
  expect(rows).toEqual([0, 4, 5, 11]);
  const [top, middle, last] = levels;
  expect(top).toEqual({
    nodes: 2,
    slices: 2,
    digit: Uint32Array.of(0, 1),
    parent: new Uint32Array(0),
    childOffsets: new Uint32Array(0),
    sliceDigit: Uint32Array.of(0, 1),
    sliceOffsets: Uint32Array.of(0, 1, 2),
    sliceNodes: Uint32Array.of(0, 1),
  });
  expect(middle).toEqual({
    nodes: 3,
    slices: 2,
    digit: Uint32Array.of(0, 2, 2),
    parent: Uint32Array.of(0, 0, 1),
    childOffsets: Uint32Array.of(0, 2, 3),
    sliceDigit: Uint32Array.of(0, 2),
    sliceOffsets: Uint32Array.of(0, 1, 3),
    sliceNodes: Uint32Array.of(0, 1, 2),
  });
  expect(last).toEqual({
    nodes: 4,
    slices: 2,
    digit: Uint32Array.of(0, 0, 1, 1),
    parent: Uint32Array.of(0, 1, 1, 2),
    childOffsets: Uint32Array.of(0, 1, 3, 4),
    sliceDigit: Uint32Array.of(0, 1),
    sliceOffsets: Uint32Array.of(0, 2, 4),
    sliceNodes: Uint32Array.of(0, 1, 2, 3),
  });
});

test('ids that are all equal make one node a level', () => {
  const { levels } = naiveTrie([77, 77, 77], [4, 5, 6]);
  expect(levels.map(({ nodes, slices }) => [nodes, slices])).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
  ]);
});
