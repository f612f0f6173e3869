import { CollisionLoss, countedFrequencies, zipfFrequencies } from '@ttrec/planner/generator';
import { RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';

/** The loss itself: for each bucket, what of its ids' variance its mean does not hold. */
function lossOf(frequencies: Float64Array, buckets: number, bucketOf: (id: number) => number): number {
  const mass = new Float64Array(buckets);
  const squares = new Float64Array(buckets);
  frequencies.forEach((p, id) => {
    mass[bucketOf(id)]! += p;
    squares[bucketOf(id)]! += p * p;
  });
  return 1 - mass.reduce((kept, sum, b) => kept + (sum > 0 ? squares[b]! / sum : 0), 0);
}

function zipf(size: number, exponent: number): Float64Array {
  const p = Float64Array.from({ length: size }, (_, id) => (id + 1) ** -exponent);
  const total = p.reduce((sum, x) => sum + x, 0);
  return p.map((x) => x / total);
}

const cases = [
  [5000, 1.05, 50],
  [5000, 1.05, 1000],
  [5000, 0, 700],
  [300, 0.6, 20],
  [50, 1.5, 6],
] as const;

describe.each(cases)('%i ids of exponent %f in %i buckets', (size, exponent, buckets) => {
  const p = zipf(size, exponent);
  const loss = new CollisionLoss(zipfFrequencies(size, exponent));

  test('mixed: the mean over hash functions', () => {
    const stream = new RandomStream(7, 'hash functions');
    const draws = Array.from({ length: 200 }, () => {
      const bucket = Uint32Array.from(p, () => stream.nextInteger(buckets));
      return lossOf(p, buckets, (id) => bucket[id]!);
    });
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const deviation = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length);
    // Four standard errors of the mean drawn, and what the second order in 1/B leaves.
    const tolerance = (4 * deviation) / Math.sqrt(draws.length) + 0.3 / buckets ** 2 + 1e-4;
    expect(Math.abs(loss.mixed(buckets) - mean)).toBeLessThan(tolerance);
  });

  test('modulo: the sum over its buckets', () => {
    const exact = lossOf(p, buckets, (id) => id % buckets);
    // One id stands for its block, whose frequencies differ by a few hundredths.
    expect(Math.abs(loss.modulo(buckets) - exact)).toBeLessThan(0.01);
  });
});

test('one bucket keeps what the mean of all rows does', () => {
  const loss = new CollisionLoss(countedFrequencies([2, 1, 1]));
  expect(loss.mixed(1)).toBeCloseTo(1 - (0.25 + 0.0625 + 0.0625), 12);
});

test('more buckets lose less, down to nothing where each id has its own', () => {
  const loss = new CollisionLoss(zipfFrequencies(1_000_000, 1.05));
  const sizes = [10, 100, 1000, 10_000, 100_000, 900_000];
  const losses = sizes.map((buckets) => loss.mixed(buckets));
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  sizes.forEach((buckets, k) => expect(loss.modulo(buckets)).toBeLessThan(losses[k]!));
  expect(loss.modulo(1_000_000)).toBe(0);
});

test('more buckets never lose more, of ids that are read alike too', () => {
  for (const size of [500, 17_862, 300_000]) {
    const loss = new CollisionLoss(zipfFrequencies(size, 0));
    const losses = [1, 2, 3, 4, 8, 64, 400].map((buckets) => loss.mixed(buckets));
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    // Of ids read alike, a bucket keeps the square of its rows over their number: B / N in all, as long as B is far below N.
    expect((1 - losses[1]!) * size).toBeCloseTo(2, 2);
  }
});
