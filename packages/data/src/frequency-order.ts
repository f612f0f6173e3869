/**
 * The rows of a vocabulary: distinct values by falling count, ties by rising position, row 0 left for
 * out-of-vocabulary. Takes counts [values] and gives `order`: value at row r is `order[r - 1]`.
 *
 * Values counted fewer than `minCount` times, or that do not fit below `maxSize` rows, get no row.
 * O(V log V).
 */
export function frequencyOrder(
  counts: Uint32Array,
  { minCount, maxSize = Infinity }: { readonly minCount: number; readonly maxSize?: number | undefined },
): Uint32Array {
  const least = Math.max(1, minCount);
  let kept = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! >= least) kept++;
  const order = new Uint32Array(kept);
  let at = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! >= least) order[at++] = i;
  order.sort((a, b) => counts[b]! - counts[a]! || a - b);
  return order.length > maxSize - 1 ? order.slice(0, maxSize - 1) : order;
}
