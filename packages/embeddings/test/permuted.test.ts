import { cost } from '@ttrec/embeddings';
import { expect, test } from 'vitest';
import { permutedPlaces, type PermutedConfig } from '../src/kinds/permuted.ts';

const orders: readonly Pick<PermutedConfig, 'among' | 'seed'>[] = [
  {},
  { seed: 2 ** 32 - 1 },
  { among: 'similar' },
  { among: 'similar', seed: 7 },
];

function places(order: (typeof orders)[number], size: number): number[] {
  const placeOf = permutedPlaces(order, size);
  return Array.from({ length: size }, (_, id) => placeOf(id));
}

test.each(orders)('%j: every id has a place of its own, in tables of any size', (order) => {
  for (const size of [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 1000, 4097]) {
    const sorted = places(order, size).sort((a, b) => a - b);
    expect(sorted).toEqual(Array.from({ length: size }, (_, id) => id));
  }
});

test('similar ids stay between the same powers of 2', () => {
  for (const size of [5, 1000, 1024, 1025]) {
    places({ among: 'similar' }, size).forEach((place, id) => expect(Math.clz32(place)).toBe(Math.clz32(id)));
  }
});

/** Spearman's correlation of ids and places, which is 0 ± 1/√N for a random order. */
function correlation(order: readonly number[]): number {
  const n = order.length;
  const squares = order.reduce((sum, place, id) => sum + (place - id) ** 2, 0);
  return 1 - (6 * squares) / (n * (n * n - 1));
}

test('the order looks random, and differs from seed to seed', () => {
  const size = 10_007;
  const drawn = Array.from({ length: 20 }, (_, seed) => places({ seed }, size));
  // Four standard deviations; each of the twenty seeds is fixed, so that this holds or not once and for all.
  for (const order of drawn) expect(Math.abs(correlation(order))).toBeLessThan(4 / Math.sqrt(size));
  expect(new Set(drawn.map((order) => order.slice(0, 4).join())).size).toBe(20);
  // Neighbours are apart: of two random places, one follows the other with probability 1 / N.
  for (const order of drawn) {
    const neighbours = order.filter((place, id) => id > 0 && Math.abs(place - order[id - 1]!) === 1).length;
    expect(neighbours).toBeLessThan(10);
  }
});

test('an order takes no bytes', () => {
  const size = { numEmbeddings: 5000, embeddingDim: 8 };
  const tt = { kind: 'tt', ranks: 4 } as const;
  expect(cost({ kind: 'permuted', into: tt }, size)).toEqual(cost(tt, size));
});
