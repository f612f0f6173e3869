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
  let largest = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i]! >= least) kept++;
    if (counts[i]! > largest) largest = counts[i]!;
  }
  // Sorting numbers is many times faster than sorting by a function. Count and position fit the 53 bits of a double in all but the largest files.
  if (largest * counts.length >= 2 ** 53) return sortedBy(counts, least, kept).slice(0, most);
  const keys = new Float64Array(kept);
  let at = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i]! >= least) keys[at++] = (largest - counts[i]!) * counts.length + i;
  }
  keys.sort();
  const order = new Uint32Array(Math.min(kept, most));
  for (let i = 0; i < order.length; i++) order[i] = keys[i]! % counts.length;
  return order;
}

function sortedBy(counts: Uint32Array, least: number, kept: number): Uint32Array {
  const order = new Uint32Array(kept);
  let at = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! >= least) order[at++] = i;
  return order.sort((a, b) => counts[b]! - counts[a]! || a - b);
}
