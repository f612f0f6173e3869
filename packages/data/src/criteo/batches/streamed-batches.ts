import { splitNames, type UnnamedBatch, type BatchOptions, type SplitName } from '../../dataset.ts';
import { checkBatchOptions, RowOrder } from '../../batches/row-order.ts';
import type { SplitOfRow } from '../../split/split.ts';
import { CriteoRows } from '../rows.ts';
import type { CriteoSource } from '../source.ts';
import { toBatch } from './to-batch.ts';

export interface StreamParts {
  readonly source: CriteoSource;
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
 * Memory is one window, two blocks and one batch; what is skipped is not read.
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
  let batch = new CriteoRows(Math.min(batchSize, order.rows));
  const rowsAt = (first: number) => Math.min(batchSize, order.rows - first);
  let own = part(rowsAt(place));
  for await (const rows of windows(parts, split, start)) {
    for (; place < start + rows.length; place++) {
      const inBatch = place % batchSize;
      if (inBatch >= own.start && inBatch < own.end) batch.push(rows, order.rowAt(place) - start);
      if (inBatch + 1 < rowsAt(place - inBatch)) continue;
      yield toBatch(batch, parts.flags);
      if (place + 1 === order.rows) return;
      batch = new CriteoRows(batchSize);
      own = part(rowsAt(place + 1));
    }
    start += rows.length;
  }
}

/** The encoded rows of a split from number `first` on, window by window. */
async function* windows(parts: StreamParts, split: SplitName, first: number): AsyncGenerator<CriteoRows> {
  const { source, splitOf } = parts;
  const wanted = splitNames.indexOf(split);
  const from = blockOf(parts, wanted, first);
  let { row, rowOfSplit } = from;
  const capacity = Math.min(parts.window, parts.rows[split]);
  let window = new CriteoRows(capacity);
  for await (const block of source.blocks(from.block)) {
    for (let i = 0; i < block.length; i++) {
      if (splitOf(row++) !== wanted || rowOfSplit++ < first) continue;
      window.push(block, i);
      if (window.length < capacity) continue;
      yield window;
      window = new CriteoRows(capacity);
    }
  }
  if (window.length > 0) yield window;
}

/** The block that holds row `first` of a split, and the rows before it: of the file, and of the split. */
function blockOf({ source, splitOf }: StreamParts, wanted: number, first: number) {
  let [block, row, rowOfSplit] = [0, 0, 0];
  for (const length of source.lengths) {
    let own = 0;
    for (let i = 0; i < length; i++) if (splitOf(row + i) === wanted) own++;
    if (rowOfSplit + own > first) break;
    rowOfSplit += own;
    row += length;
    block++;
  }
  return { block, row, rowOfSplit };
}
