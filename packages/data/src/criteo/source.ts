import { BadLines } from '../read/bad-lines.ts';
import type { CriteoConfig } from '../config/criteo.ts';
import type { OpenOptions } from '../config/open-options.ts';
import { Digest } from '../digest.ts';
import { openScratch, type Scratch } from '../chunks/scratch.ts';
import { CATEGORIES, INTEGERS } from './columns.ts';
import { readCriteoParts, type CountedParts } from '../parts/read-criteo-parts.ts';
import type { ReadingWorkers } from '../parts/reading-workers.ts';
import type { BytesRead } from '../read/read-bytes.ts';
import type { SplitOfRow } from '../split/split.ts';
import { readCriteoRows } from './lines/read-rows.ts';
import { ROW_BYTES, CriteoRows } from './rows.ts';
import { blocksInOrder, readBlock, type StoredBlock } from './stored-blocks.ts';
import { encodeBlock } from './vocabularies/encoder.ts';
import type { TableSource } from './vocabularies/table-source.ts';

/** The rows of a file, which is read once: in memory while they fit `cacheBytes`, and else in a temporary file. */
export class CriteoSource {
  readonly path: string;
  readonly badLines: BadLines;
  /** Usable rows. */
  rows = 0;
  readonly #cacheBytes: number;
  readonly #onBadLine: CriteoConfig['onBadLine'];
  readonly #onProgress: OpenOptions['onProgress'];
  readonly #workers: ReadingWorkers | undefined;
  readonly #digest = new Digest();
  #scratch: Scratch | undefined;
  readonly #blocks: (CriteoRows | StoredBlock)[] = [];
  /** Blocks before this one are in scratch. */
  #stored = 0;

  constructor(config: CriteoConfig, path: string, { onProgress, workers }: OpenOptions) {
    this.#onBadLine = config.onBadLine;
    this.#workers = workers;
    this.path = path;
    this.badLines = new BadLines(config.onBadLine);
    this.#cacheBytes = config.cacheBytes;
    this.#onProgress = onProgress;
  }

  /**
   * Reads the file. Yields each block before it is put away.
   * @param values puts codes in the place of values
   * @param splitOf returns the split of each row, given the number of rows
   * @throws as `readCriteoRows` and `values.take` do; `data/no-scratch`
   */
  async *read(
    phase: string,
    values: TableSource,
    splitOf: (rows: number) => SplitOfRow,
  ): AsyncGenerator<CriteoRows> {
    const progress = { bytesRead: 0, totalBytes: 0 };
    const counted = values.parts && { values: values.parts, splitOf };
    for await (const block of await this.#parsed(phase, progress, counted)) {
      addBlock(this.#digest, block, values.valuesOf(block));
      values.take(block);
      this.rows += block.length;
      this.#onProgress?.({ phase, rows: this.rows, ...progress });
      yield block;
      this.#blocks.push(block);
      if (this.#scratch === undefined && this.rows * ROW_BYTES <= this.#cacheBytes) continue;
      this.#scratch ??= await openScratch();
      for (; this.#stored < this.#blocks.length; this.#stored++) {
        const held = this.#blocks[this.#stored] as CriteoRows;
        this.#blocks[this.#stored] = await stored(held, this.#scratch);
      }
    }
  }

  /** In parts, if there are workers and the file is cut. */
  async #parsed(
    phase: string,
    progress: BytesRead,
    counted: CountedParts | undefined,
  ): Promise<AsyncGenerator<CriteoRows>> {
    const { path, badLines } = this;
    const [workers, onBadLine] = [this.#workers, this.#onBadLine];
    const onRows = (rows: number) => this.#onProgress?.({ phase, rows, ...progress });
    const reading = { path, badLines, onBadLine, progress, onRows, cacheBytes: this.#cacheBytes };
    const parts = workers && (await readCriteoParts({ ...reading, workers, counted }));
    return parts ?? readCriteoRows(path, badLines, progress);
  }

  /** Of the values of all rows in order; to be called once, after `read`. */
  digest(): string {
    return this.#digest.finish();
  }

  /** All rows, if they are in memory. */
  get held(): readonly CriteoRows[] | undefined {
    return this.#scratch ? undefined : (this.#blocks as CriteoRows[]);
  }

  /** All rows, if they are not in memory. */
  get stored(): { readonly scratch: Scratch; readonly blocks: readonly StoredBlock[] } | undefined {
    return this.#scratch && { scratch: this.#scratch, blocks: this.#blocks as StoredBlock[] };
  }

  async block(at: number): Promise<CriteoRows> {
    const block = this.#blocks[at]!;
    return block instanceof CriteoRows ? block : readBlock(block, this.#scratch!);
  }

  blocks(): AsyncGenerator<CriteoRows> {
    return blocksInOrder(this.#blocks.length, (at) => this.block(at));
  }

  /** Puts rows of tables in the place of codes. Once. @param rowOfCode by column and code */
  async encode(rowOfCode: readonly Uint32Array[]): Promise<void> {
    let rows = 0;
    for (const [at, before] of this.#blocks.entries()) {
      const block = await this.block(at);
      encodeBlock(block, rowOfCode);
      rows += block.length;
      this.#onProgress?.({ phase: 'encode', rows });
      if (before instanceof CriteoRows) continue;
      this.#blocks[at] = { ...before, bytes: await this.#scratch!.overwrite(before.bytes, block.bytes) };
    }
  }
}

async function stored(block: CriteoRows, scratch: Scratch): Promise<StoredBlock> {
  const { capacity, length } = block;
  return { bytes: await scratch.write(block.bytes), capacity, length };
}

/** @param categories the values, where the block has codes */
function addBlock(digest: Digest, block: CriteoRows, categories = block.categories): void {
  const { length } = block;
  digest.add(block.labels.subarray(0, length));
  digest.add(block.dense.subarray(0, length * INTEGERS)).add(block.emptyIntegers.subarray(0, length));
  digest.add(categories.subarray(0, length * CATEGORIES)).add(block.emptyCategories.subarray(0, length));
}
