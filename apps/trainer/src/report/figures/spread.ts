/**
 * The places nearest to `wanted` (least squares) that are at least `gap` apart, in the order of `wanted`.
 * In ascending order that is isotonic regression of `wanted[i] - i · gap`, by pooling adjacent violators.
 */
export function spread(wanted: readonly number[], gap: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const pools: { mean: number; count: number }[] = [];
  order.forEach((original, rank) => {
    let pool = { mean: wanted[original]! - rank * gap, count: 1 };
    for (let last = pools.at(-1); last !== undefined && last.mean > pool.mean; last = pools.at(-1)) {
      pools.pop();
      const count = last.count + pool.count;
      pool = { mean: (last.mean * last.count + pool.mean * pool.count) / count, count };
    }
    pools.push(pool);
  });
  const places = new Array<number>(wanted.length);
  let rank = 0;
  for (const { mean, count } of pools) {
    for (const end = rank + count; rank < end; rank++) places[order[rank]!] = mean + rank * gap;
  }
  return places;
}
