import type { ScratchReader, StoredBytes } from '../chunks/scratch.ts';
import { CriteoRows, ROW_BYTES } from './rows.ts';

/** Where a block of rows is. Plain data. */
export interface StoredBlock {
  readonly bytes: StoredBytes;
  readonly capacity: number;
  readonly length: number;
}

export async function readBlock(
  { bytes, capacity, length }: StoredBlock,
  scratch: ScratchReader,
): Promise<CriteoRows> {
  return new CriteoRows(capacity, { buffer: await scratch.read(bytes, 0, capacity * ROW_BYTES), length });
}

/** Blocks from number `first` on. The next one is read while one is in use. */
export async function* blocksInOrder(
  count: number,
  block: (at: number) => Promise<CriteoRows>,
  first = 0,
): AsyncGenerator<CriteoRows> {
  let next: Promise<CriteoRows> | undefined;
  for (let at = first; at < count; at++) {
    const own = await (next ?? block(at));
    next = at + 1 < count ? block(at + 1) : undefined;
    // It is awaited, and its error thrown, when its turn comes.
    next?.catch(() => undefined);
    yield own;
  }
}
