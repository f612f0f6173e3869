import { countedFrequencies, followsFrequency, zipfFrequencies } from '@ttrec/planner/generator';
import { describe, expect, test } from 'vitest';

function zipfCounts(size: number, exponent: number): Float64Array {
  return Float64Array.from({ length: size }, (_, id) => (id + 1) ** -exponent);
}

describe('zipfFrequencies', () => {
  test.each([
    [1, 1.05],
    [10, 0],
    [5000, 0.5],
    [5000, 1],
    [100_000, 1.05],
    [100_000, 2],
  ])('of %i ids and exponent %f have the masses of the sums themselves', (size, exponent) => {
    const counts = zipfCounts(size, exponent);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const frequencies = zipfFrequencies(size, exponent);
    expect(frequencies.size).toBe(size);
    let sum = 0;
    let next = 1;
    for (let id = 0; id < size; id++) {
      sum += counts[id]! / total;
      if (id + 1 !== next) continue;
      // Within a block the ids count as equally frequent: an id in its middle may be off by a thousandth.
      expect(Math.abs(frequencies.massBelow(id + 1) - sum)).toBeLessThan(1e-3);
      next *= 3;
    }
    expect(frequencies.massBelow(size)).toBeCloseTo(1, 12);
  });

  test('need no memory of the size of the table', () => {
    expect(zipfFrequencies(2 ** 32, 1.05).blocks.length).toBeLessThan(400);
  });
});

describe('countedFrequencies', () => {
  test('are the counts, most frequent first', () => {
    const frequencies = countedFrequencies([1, 5, 0, 4]);
    expect([0, 1, 2, 3].map((id) => frequencies.at(id))).toEqual([0.5, 0.4, 0.1, 0]);
    expect(frequencies.massBelow(2)).toBeCloseTo(0.9, 12);
    expect(frequencies.squaresBelow(4)).toBeCloseTo(0.42, 12);
  });

  test('agree with the law that the counts follow', () => {
    const counted = countedFrequencies(zipfCounts(20_000, 1.1));
    const law = zipfFrequencies(20_000, 1.1);
    for (const id of [1, 10, 333, 5000]) expect(counted.massBelow(id)).toBeCloseTo(law.massBelow(id), 6);
  });
});

test('the ids behind the hot ones are a table of their own', () => {
  const tail = countedFrequencies([6, 3, 2, 1]).from(1);
  expect(tail.size).toBe(3);
  [3 / 6, 2 / 6, 1 / 6].forEach((each, id) => expect(tail.at(id)).toBeCloseTo(each, 12));
  // Nothing is known of ids that nobody read: all the same.
  expect(countedFrequencies([1, 0, 0, 0]).from(1).at(2)).toBeCloseTo(1 / 3, 12);
});

describe('followsFrequency', () => {
  const follows = (counts: number[]) => followsFrequency(counts, countedFrequencies(counts));

  test('of a vocabulary, whose row 0 is for unknown values', () => {
    expect(follows([0, 50, 30, 20, 10, 5, 5, 4, 1, 1])).toBe(true);
  });

  test('not of hashed ids', () => {
    expect(follows([1, 4, 50, 1, 5, 30, 20, 10, 0, 5])).toBe(false);
  });
});
