import type { ScratchReader, StoredBytes } from '../chunks/scratch.ts';
import { CriteoRows, ROW_BYTES } from './rows.ts';

/** Where a block is. Plain data. */
export interface StoredBlock {
  readonly bytes: StoredBytes;
  readonly capacity: number;
  readonly length: number;
}

/** Blocks of rows in scratch, in their order. */
export class StoredBlocks {
  readonly #blocks: readonly StoredBlock[];
  readonly #scratch: ScratchReader;

  constructor(blocks: readonly StoredBlock[], scratch: ScratchReader) {
    this.#blocks = blocks;
    this.#scratch = scratch;
  }

  /** Numbers of rows of the blocks. All but the last are full. */
  get lengths(): readonly number[] {
    return this.#blocks.map(({ length }) => length);
  }

  /** The blocks from number `first` on. */
  blocks(first: number): AsyncGenerator<CriteoRows> {
    return blocksInOrder(this.#blocks.length, (at) => readBlock(this.#blocks[at]!, this.#scratch), first);
  }
}

export async function readBlock(
  { bytes, capacity, length }: StoredBlock,
  scratch: ScratchReader,
): Promise<CriteoRows> {
  return new CriteoRows(capacity, { buffer: await scratch.read(bytes, 0, capacity * ROW_BYTES), length });
}

/** The next block is read while one is in use. */
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
