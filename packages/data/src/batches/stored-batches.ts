import type { UnnamedBatch, BatchOptions, SplitName } from '../dataset.ts';
import { checkBatchOptions, RowOrder } from './row-order.ts';

/** Rows that can be had in any order. */
export interface RowStore {
  readonly rows: Readonly<Record<SplitName, number>>;
  /** The batch of these rows, numbered from 0 within their split. */
  gather(split: SplitName, rows: Uint32Array, epoch: number): UnnamedBatch;
}

/**
 * Batches out of a store. Skipping costs nothing. `window` is how many rows are shuffled together.
 */
export async function* storedBatches(
  store: RowStore,
  { seed, window }: { readonly seed: number; readonly window: number },
  options: BatchOptions,
): AsyncGenerator<UnnamedBatch> {
  const { split, batchSize, epoch, skipBatches, shuffle, part } = checkBatchOptions(options);
  const order = new RowOrder({ rows: store.rows[split], window, seed, epoch, shuffle });
  for (let place = skipBatches * batchSize; place < order.rows; place += batchSize) {
    yield store.gather(split, order.partAt(place, batchSize, part), epoch);
  }
}

/** The offsets of B bags that hold one id each: 0, 1, … B. */
export function singleIdOffsets(size: number): Uint32Array {
  return Uint32Array.from({ length: size + 1 }, (_, i) => i);
}
