import { splitNames, type UnnamedBatch, type SplitName } from '../../dataset.ts';
import type { RowStore } from '../../batches/stored-batches.ts';
import type { CriteoRows } from '../rows.ts';
import type { StreamParts } from './streamed-batches.ts';
import { toBatch } from './to-batch.ts';

/** The encoded rows of a file that fits in memory. */
export class CriteoRowStore implements RowStore {
  readonly rows: Readonly<Record<SplitName, number>>;
  readonly #blocks: readonly CriteoRows[];
  /** Per split, the rows of the file that are in it. */
  readonly #rowsOf: Record<SplitName, Uint32Array>;

  readonly #flags: boolean;

  constructor(
    blocks: readonly CriteoRows[],
    { splitOf, rows, flags }: Pick<StreamParts, 'splitOf' | 'rows' | 'flags'>,
  ) {
    this.rows = rows;
    this.#flags = flags;
    this.#blocks = blocks;
    this.#rowsOf = {
      train: new Uint32Array(rows.train),
      validation: new Uint32Array(rows.validation),
      test: new Uint32Array(rows.test),
    };
    const filled = [0, 0, 0];
    const total = rows.train + rows.validation + rows.test;
    for (let row = 0; row < total; row++) {
      const split = splitOf(row);
      this.#rowsOf[splitNames[split]!][filled[split]!++] = row;
    }
  }

  gather(split: SplitName, rows: Uint32Array): UnnamedBatch {
    const rowsOf = this.#rowsOf[split];
    // Every block but the last is full, so the first one's length leads to the block of any row.
    const perBlock = this.#blocks[0]!.length;
    const inFile = rows.map((row) => rowsOf[row]!);
    const blocks = Array.from(inFile, (row) => this.#blocks[Math.floor(row / perBlock)]!);
    return toBatch({ blocks, at: inFile.map((row) => row % perBlock) }, this.#flags);
  }
}
