import type { UnnamedBatch } from '../../dataset.ts';
import { singleIdOffsets } from '../../batches/stored-batches.ts';
import { CATEGORIES, INTEGERS } from '../columns.ts';
import type { CriteoRows } from '../rows.ts';

/**
 * Encoded rows as a batch: the categorical columns one after another instead of side by side.
 * @param flags whether flags of missing integers follow the integers of each row
 */
export function toBatch(rows: CriteoRows, flags: boolean): UnnamedBatch {
  const size = rows.length;
  const offsets = singleIdOffsets(size);
  const features = Array.from({ length: CATEGORIES }, (_, c) => {
    const indices = new Uint32Array(size);
    for (let row = 0; row < size; row++) indices[row] = rows.categories[row * CATEGORIES + c]!;
    return { indices, offsets };
  });
  const labels = Float32Array.from(rows.labels.subarray(0, size));
  const dense = flags ? withFlags(rows) : rows.dense.slice(0, size * INTEGERS);
  return { size, labels, dense, features };
}

function withFlags({ length, dense, emptyIntegers }: CriteoRows): Float32Array<ArrayBuffer> {
  const wide = new Float32Array(length * 2 * INTEGERS);
  for (let row = 0; row < length; row++) {
    const to = row * 2 * INTEGERS;
    wide.set(dense.subarray(row * INTEGERS, (row + 1) * INTEGERS), to);
    for (let i = 0; i < INTEGERS; i++) wide[to + INTEGERS + i] = (emptyIntegers[row]! >>> i) & 1;
  }
  return wide;
}
