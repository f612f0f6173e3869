import type { UnnamedBatch } from '../../dataset.ts';
import { singleIdOffsets } from '../../batches/stored-batches.ts';
import { CATEGORIES, INTEGERS } from '../columns.ts';
import type { CriteoRows } from '../rows.ts';

/** Encoded rows: row b of a batch is row `at[b]` of `blocks[b]`. */
export interface PickedCriteoRows {
  readonly blocks: readonly CriteoRows[];
  readonly at: Uint32Array;
}

/**
 * Picked rows as a batch: the categorical columns one after another instead of side by side. Each number is copied once.
 * @param flags whether flags of missing integers follow the integers of each row
 */
export function toBatch({ blocks, at }: PickedCriteoRows, flags: boolean): UnnamedBatch {
  const size = at.length;
  const width = flags ? 2 * INTEGERS : INTEGERS;
  const dense = new Float32Array(size * width);
  const labels = new Float32Array(size);
  const columns = Array.from({ length: CATEGORIES }, () => new Uint32Array(size));
  for (let b = 0; b < size; b++) {
    const block = blocks[b]!;
    const row = at[b]!;
    labels[b] = block.labels[row]!;
    const { dense: numbers, categories } = block;
    for (let i = 0; i < INTEGERS; i++) dense[b * width + i] = numbers[row * INTEGERS + i]!;
    for (let c = 0; c < CATEGORIES; c++) columns[c]![b] = categories[row * CATEGORIES + c]!;
    if (!flags) continue;
    const empty = block.emptyIntegers[row]!;
    for (let i = 0; i < INTEGERS; i++) dense[b * width + INTEGERS + i] = (empty >>> i) & 1;
  }
  const offsets = singleIdOffsets(size);
  return { size, labels, dense, features: columns.map((indices) => ({ indices, offsets })) };
}
