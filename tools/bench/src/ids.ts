/** `uniform`, or Zipf with exponent 1.05: `zipf` scatters the frequent ids over the table, `zipfsorted` has them first. */
export type IdDistribution = 'uniform' | 'zipf' | 'zipfsorted';

/** Knuth's multiplier for hashing: odd and near 2^32 over the golden ratio. */
const SCATTER = 2_654_435_761n;
const TAIL = 0.05;

/** The mulberry32 generator (T. Ettinger, 2017): 32 random bits a call. The peers draw from the same one. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

/**
 * [count] ids below `rows`: the streams of the peers' scripts, so that both sides look up the same rows. That is why the
 * numbers do not come from a `RandomStream`.
 *
 * Zipf by the inverse of the continuous bounded Pareto law: rank k = ⌊(1 - u (1 - (rows + 1)^-0.05))^-20⌋.
 */
export function makeIds(
  distribution: IdDistribution,
  rows: number,
  count: number,
  seed: number,
): Uint32Array {
  const next = mulberry32(seed);
  const mass = 1 - (rows + 1) ** -TAIL;
  return Uint32Array.from({ length: count }, () => {
    const u = next() / 2 ** 32;
    if (distribution === 'uniform') return Math.min(Math.floor(u * rows), rows - 1);
    const rank = Math.min(Math.max(Math.floor((1 - u * mass) ** (-1 / TAIL)), 1), rows) - 1;
    return distribution === 'zipfsorted' ? rank : Number((BigInt(rank) * SCATTER) % BigInt(rows));
  });
}
