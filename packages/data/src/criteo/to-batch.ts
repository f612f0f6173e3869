import type { UnnamedBatch } from '../dataset.ts';
import { singleIdOffsets } from '../batches/stored-batches.ts';
import { CATEGORIES, INTEGERS } from './columns.ts';
import type { CriteoRows } from './rows.ts';

/** Encoded rows as a batch: the categorical columns one after another instead of side by side. */
export function toBatch(rows: CriteoRows): UnnamedBatch {
  const size = rows.length;
  const offsets = singleIdOffsets(size);
  const features = Array.from({ length: CATEGORIES }, (_, c) => {
    const indices = new Uint32Array(size);
    for (let row = 0; row < size; row++) indices[row] = rows.categories[row * CATEGORIES + c]!;
    return { indices, offsets };
  });
  const labels = Float32Array.from(rows.labels.subarray(0, size));
  return { size, labels, dense: rows.dense.slice(0, size * INTEGERS), features };
}
