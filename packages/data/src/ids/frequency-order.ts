import { rowsForUnseen, type Unseen } from './unseen.ts';

/**
 * The values of a vocabulary in the order of their rows: by falling count, ties by rising position. Takes counts [values] and returns
 * positions; the value at row r is `order[r - rowsForUnseen - before]`.
 *
 * @param before number of values that already have rows
 *
 * Values with fewer than `minCount` counts, and those beyond `maxSize` rows, get no row. O(V).
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
  let order = new Uint32Array(kept);
  let at = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! >= least) order[at++] = i;
  // A radix sort by what counts lack of the largest: many times faster than sorting by a function.
  order = sortedByDigit(order, counts, { largest, shift: 0 });
  if (largest >= RADIX) order = sortedByDigit(order, counts, { largest, shift: 16 });
  return order.slice(0, most);
}

const RADIX = 1 << 16;

/** Sorts positions by 16 bits of a number each, and leaves those with equal bits in their order. */
function sortedByDigit(
  positions: Uint32Array,
  counts: Uint32Array,
  { largest, shift }: { readonly largest: number; readonly shift: number },
): Uint32Array<ArrayBuffer> {
  const places = new Uint32Array(RADIX + 1);
  for (const position of positions) places[1 + (((largest - counts[position]!) >>> shift) % RADIX)]!++;
  for (let digit = 0; digit < RADIX; digit++) places[digit + 1]! += places[digit]!;
  const sorted = new Uint32Array(positions.length);
  for (const position of positions)
    sorted[places[((largest - counts[position]!) >>> shift) % RADIX]!++] = position;
  return sorted;
}
