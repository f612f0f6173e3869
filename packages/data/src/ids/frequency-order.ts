import { rowsForUnseen, type Unseen } from './unseen.ts';

/**
 * The values of a vocabulary in the order of their rows: by falling count, ties by rising position. Takes counts [values] and returns
 * positions; the value at row r is `order[r - rowsForUnseen - before]`.
 *
 * @param before number of values that already have rows
 *
 * Values with fewer than `minCount` counts, and those beyond `maxSize` rows, get no row. O(V log V).
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
