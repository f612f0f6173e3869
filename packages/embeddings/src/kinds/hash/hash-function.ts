import { mix32 } from '@ttrec/core';

/** Multiplying by it spreads small seeds over all 32 bits (2^32 over the golden ratio, made odd). */
const SPREAD = 0x9e3779b9;

/** The largest seed. */
export const MAX_SEED = 2 ** 32 - 1;

/** The `index`-th of the hash functions of a seed, from uint32 to uint32: a bijection each. */
export function hashFunction(seed: number, index: number): (id: number) => number {
  const word = hashWord(seed, index);
  return (id) => mix32(id ^ word);
}

/** The word, a uint32, that such a function mixes with an id before all else: what tells it from the others. */
export function hashWord(seed: number, index: number): number {
  // The first of them is that of the seed itself; the others lie where no small seed does.
  const own = Math.imul(seed + 1, SPREAD) >>> 0;
  return index === 0 ? own : mix32(own + index);
}

/** The word of the function that finds the weights of an id: behind those of its buckets and signs. */
export function importanceWord(seed: number): number {
  return hashWord(seed, IMPORTANCE);
}

const IMPORTANCE = 32;
