/** Multiplying by it spreads small seeds over all 32 bits (2^32 over the golden ratio, made odd). */
const SPREAD = 0x9e3779b9;

/** The largest seed. */
export const MAX_SEED = 2 ** 32 - 1;

/** The `index`-th of the hash functions of a seed, from uint32 to uint32: a bijection each. */
export function hashFunction(seed: number, index: number): (id: number) => number {
  const word = hashWord(seed, index);
  return (id) => mix(id ^ word);
}

/** The word, a uint32, that such a function mixes with an id before all else: what tells it from the others. */
export function hashWord(seed: number, index: number): number {
  // The first of them is that of the seed itself; the others lie where no small seed does.
  const own = Math.imul(seed + 1, SPREAD) >>> 0;
  return index === 0 ? own : mix(own + index);
}

/** The 32-bit finaliser of MurmurHash3 (Appleby): a bijection in which every input bit reaches every output bit. */
function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
