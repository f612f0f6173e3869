import { splitNames, type UnnamedBatch, type BatchOptions, type SplitName } from '../../dataset.ts';
import { checkBatchOptions, RowOrder } from '../../batches/row-order.ts';
import type { ScratchReader } from '../../chunks/scratch.ts';
import type { SplitOfRow } from '../../split/split.ts';
import type { CriteoRows } from '../rows.ts';
import { blocksInOrder, readBlock, type StoredBlock } from '../stored-blocks.ts';
import { toBatch, type PickedCriteoRows } from './to-batch.ts';

export interface StreamParts {
  /** In the order of their rows. */
  readonly blocks: readonly StoredBlock[];
  readonly scratch: ScratchReader;
  readonly splitOf: SplitOfRow;
  readonly rows: Readonly<Record<SplitName, number>>;
  /** Whether flags of missing integers follow the integers. */
  readonly flags: boolean;
  readonly seed: number;
  /** Rows held, and shuffled together. */
  readonly window: number;
}

/**
 * Batches of a file that does not fit in memory: the same, bit for bit, as a `CriteoRowStore` gives.
 * Memory is a window and one batch; what is skipped is not read.
 */
export async function* streamedBatches(
  parts: StreamParts,
  options: BatchOptions,
): AsyncGenerator<UnnamedBatch> {
  const { split, batchSize, epoch, skipBatches, shuffle, part } = checkBatchOptions(options);
  const { seed, window } = parts;
  const order = new RowOrder({ rows: parts.rows[split], window, seed, epoch, shuffle });
  let place = skipBatches * batchSize;
  if (place >= order.rows) return;
  let start = Math.floor(place / window) * window;
  const rowsAt = (first: number) => Math.min(batchSize, order.rows - first);
  let own = part(rowsAt(place));
  let picked = new Picked();
  for await (const window of windows(parts, split, start)) {
    const { length } = window.at;
    for (; place < start + length; place++) {
      const inBatch = place % batchSize;
      if (inBatch >= own.start && inBatch < own.end) {
        const at = order.rowAt(place) - start;
        picked.add(window.blocks[window.blockOf[at]!]!, window.at[at]!);
      }
      if (inBatch + 1 < rowsAt(place - inBatch)) continue;
      yield toBatch(picked.rows, parts.flags);
      if (place + 1 === order.rows) return;
      picked = new Picked();
      own = part(rowsAt(place + 1));
    }
    start += length;
  }
}

/** Rows of a batch as they come. */
class Picked {
  readonly #blocks: CriteoRows[] = [];
  readonly #at: number[] = [];

  get rows(): PickedCriteoRows {
    return { blocks: this.#blocks, at: Uint32Array.from(this.#at) };
  }

  add(block: CriteoRows, at: number): void {
    this.#blocks.push(block);
    this.#at.push(at);
  }
}

/** Rows of a split that are shuffled together: row w is row `at[w]` of `blocks[blockOf[w]]`. */
interface Window {
  readonly blocks: readonly CriteoRows[];
  readonly blockOf: Uint32Array;
  readonly at: Uint32Array;
}

/** The rows of a split from number `first` on, window by window. Of a block with few of them, only these are held. */
async function* windows(parts: StreamParts, split: SplitName, first: number): AsyncGenerator<Window> {
  const { blocks: stored, scratch, splitOf } = parts;
  const wanted = splitNames.indexOf(split);
  const from = blockOf(parts, wanted, first);
  let { row, rowOfSplit } = from;
  const capacity = Math.min(parts.window, parts.rows[split]);
  const [inBlock, at] = [new Uint32Array(capacity), new Uint32Array(capacity)];
  let [blocks, length]: [CriteoRows[], number] = [[], 0];
  const taken = () => ({ blocks, blockOf: inBlock.slice(0, length), at: at.slice(0, length) });
  const read = (at: number) => readBlock(stored[at]!, scratch);
  for await (const block of blocksInOrder(stored.length, read, from.block)) {
    const own: number[] = [];
    for (let i = 0; i < block.length; i++)
      if (splitOf(row++) === wanted && rowOfSplit++ >= first) own.push(i);
    const isSparse = 2 * own.length < block.length;
    const held = isSparse ? block.pick(own) : block;
    blocks.push(held);
    for (let i = 0; i < own.length; i++) {
      inBlock[length] = blocks.length - 1;
      at[length++] = isSparse ? i : own[i]!;
      if (length < capacity) continue;
      yield taken();
      [blocks, length] = [[held], 0];
    }
  }
  if (length > 0) yield taken();
}

/** The block that holds row `first` of a split, and the rows before it: of the file, and of the split. */
function blockOf({ blocks, splitOf }: StreamParts, wanted: number, first: number) {
  let [block, row, rowOfSplit] = [0, 0, 0];
  for (const { length } of blocks) {
    let own = 0;
    for (let i = 0; i < length; i++) if (splitOf(row + i) === wanted) own++;
    if (rowOfSplit + own > first) break;
    rowOfSplit += own;
    row += length;
    block++;
  }
  return { block, row, rowOfSplit };
}
