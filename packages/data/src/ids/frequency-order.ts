import { rowsForUnseen, type Unseen } from './unseen.ts';

/**
 * The rows of a vocabulary: distinct values by falling count, ties by rising position, behind the rows for unseen
 * values. Takes counts [values] and gives `order`: value at row r is `order[r - rowsForUnseen]`.
 *
 * Takes into account the rows of `before` values that have theirs already. Values counted fewer than `minCount` times, or that do not fit below `maxSize` rows, get no row.
 * O(V log V).
 */
export function frequencyOrder(
  counts: Uint32Array,
  ids: Unseen & { readonly minCount: number; readonly maxSize?: number | undefined },
  before = 0,
): Uint32Array {
  const least = Math.max(1, ids.minCount);
  const most = Math.max(0, (ids.maxSize ?? Infinity) - rowsForUnseen(ids) - before);
  let kept = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! >= least) kept++;
  const order = new Uint32Array(kept);
  let at = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! >= least) order[at++] = i;
  order.sort((a, b) => counts[b]! - counts[a]! || a - b);
  return order.length > most ? order.slice(0, most) : order;
}
