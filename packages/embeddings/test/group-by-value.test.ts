import { ValueGrouper, type Groups } from '@ttrec/embeddings/kind';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hosts } from './hosts.ts';

const MAX = 2 ** 32 - 1;

/** Small ranges make repeats; the middle ones stand on both sides of one bit more. */
const values = fc.oneof(
  ...[1, 5, 2047, 2048, 4_194_303, 4_194_304, MAX].map((max) =>
    fc.array(fc.nat({ max }), { maxLength: 300 }),
  ),
);

describe.each(hosts)('ValueGrouper, %s', (_, by) => {
  test('groups like a map from values to positions, in the same object time and again', () => {
    const grouper = new ValueGrouper(by);
    fc.assert(
      fc.property(values, (list) => {
        expect(plain(grouper.group(Uint32Array.from(list)))).toEqual(naive(list));
      }),
    );
  });

  test.each([
    ['all equal', new Array<number>(100).fill(7)],
    ['ascending', Array.from({ length: 100 }, (_, i) => i * 40_000_000)],
    ['descending', Array.from({ length: 100 }, (_, i) => MAX - i)],
    ['the largest id', [MAX, 0, MAX, MAX - 1]],
    ['values on both sides of 11 bits', [2048, 0, 2048, 1, 2047, 0]],
    ['values on both sides of 22 bits', [4_194_304, 0, 4_194_304, 2048, 4_194_303, 0]],
    ['one', [MAX]],
    ['none', []],
  ])('%s', (_, list) => {
    expect(plain(new ValueGrouper(by).group(Uint32Array.from(list)))).toEqual(naive(list));
  });

  test.each([24, 27, 32])('many values of %i bits take few and wide passes', (bits) => {
    const list = Array.from({ length: 20_000 }, (_, i) => Math.imul(i % 7_000, 0x9e3779b1) >>> (32 - bits));
    expect(plain(new ValueGrouper(by).group(Uint32Array.from(list)))).toEqual(grouped(list));
  });

  test('counts only the first n values', () => {
    const list = Array.from({ length: 300 }, (_, i) => (i * 31) % 97);
    for (const n of [4, 64, 299])
      expect(plain(new ValueGrouper(by).group(Uint32Array.from(list), n))).toEqual(naive(list.slice(0, n)));
  });
});

/** As `naive`, for long lists. */
function grouped(list: readonly number[]) {
  const positions = list.map((_, i) => i).sort((a, b) => list[a]! - list[b]! || a - b);
  const starts = positions.flatMap((position, i) => (list[position] === list[positions[i - 1]!] ? [] : [i]));
  const groupOf = new Array<number>(list.length);
  starts.forEach((start, group) => {
    for (let i = start; i < (starts[group + 1] ?? list.length); i++) groupOf[positions[i]!] = group;
  });
  return {
    distinct: starts.length,
    values: starts.map((start) => list[positions[start]!]),
    offsets: [...starts, list.length],
    positions,
    groupOf,
  };
}

function naive(list: readonly number[]) {
  const distinct = [...new Set(list)].sort((a, b) => a - b);
  const members = distinct.map((value) => list.flatMap((other, i) => (other === value ? [i] : [])));
  const offsets = [0];
  for (const group of members) offsets.push(offsets.at(-1)! + group.length);
  return {
    distinct: distinct.length,
    values: distinct,
    offsets,
    positions: members.flat(),
    groupOf: list.map((value) => distinct.indexOf(value)),
  };
}

function plain(groups: Groups): ReturnType<typeof naive> {
  const { distinct, values, offsets, positions, groupOf } = groups;
  return {
    distinct,
    values: [...values],
    offsets: [...offsets],
    positions: [...positions],
    groupOf: [...groupOf],
  };
}
