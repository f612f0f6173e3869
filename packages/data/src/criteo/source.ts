import { BadLines } from '../read/bad-lines.ts';
import type { CriteoConfig } from '../config/criteo.ts';
import type { OpenOptions } from '../config/open-options.ts';
import { Digest } from '../digest.ts';
import { error } from '../error.ts';
import { CATEGORIES, INTEGERS } from './columns.ts';
import { readCriteoRows } from './lines/read-rows.ts';
import { ROW_BYTES, type CriteoRows } from './rows.ts';

/**
 * The rows of a file, as often as asked for. The first pass keeps them in memory while they fit `cacheBytes`;
 * a file that does not fit is read again by each pass.
 */
export class CriteoSource {
  readonly path: string;
  /** Filled by the first pass. */
  readonly badLines: BadLines;
  readonly #cacheBytes: number;
  readonly #onProgress: OpenOptions['onProgress'];
  #cache: CriteoRows[] = [];
  #state: 'unread' | 'cached' | 'streamed' = 'unread';
  #rows = 0;
  #digest = '';

  constructor(config: CriteoConfig, path: string, onProgress: OpenOptions['onProgress']) {
    this.path = path;
    this.badLines = new BadLines(config.onBadLine);
    this.#cacheBytes = config.cacheBytes;
    this.#onProgress = onProgress;
  }

  /** Usable rows; known after the first pass. */
  get rows(): number {
    return this.#rows;
  }

  /** Of the values of all rows in order; known after the first pass. */
  get digest(): string {
    return this.#digest;
  }

  /** All rows, if they were kept. */
  get cached(): readonly CriteoRows[] | undefined {
    return this.#state === 'cached' ? this.#cache : undefined;
  }

  /**
   * The rows in order, in blocks.
   * @throws `data/file-changed` if a later pass finds other rows; as `readCriteoRows` does
   */
  async *blocks(phase: string): AsyncGenerator<CriteoRows> {
    if (this.#state === 'cached') {
      yield* this.#cache;
    } else if (this.#state === 'streamed') {
      yield* this.#again(phase);
    } else {
      yield* this.#first(phase);
    }
  }

  async *#first(phase: string): AsyncGenerator<CriteoRows> {
    const digest = new Digest();
    let rows = 0;
    let fits = true;
    for await (const block of this.#read(phase, this.badLines)) {
      addBlock(digest, block);
      rows += block.length;
      fits &&= rows * ROW_BYTES <= this.#cacheBytes;
      if (fits) this.#cache.push(block);
      else this.#cache = [];
      yield block;
    }
    this.#rows = rows;
    this.#digest = digest.finish();
    this.#state = fits ? 'cached' : 'streamed';
  }

  async *#again(phase: string): AsyncGenerator<CriteoRows> {
    const digest = new Digest();
    let rows = 0;
    for await (const block of this.#read(phase, new BadLines('skip'))) {
      // Before it is handed on: the receiver may encode it in place.
      addBlock(digest, block);
      rows += block.length;
      yield block;
    }
    if (rows === this.#rows && digest.finish() === this.#digest) return;
    const rule = `must stay as it was when it was opened, with ${this.#rows} rows`;
    const got = rows === this.#rows ? 'other values in them' : rows;
    throw error('file-changed', { subject: this.path, rule, got });
  }

  async *#read(phase: string, badLines: BadLines): AsyncGenerator<CriteoRows> {
    const progress = { bytesRead: 0, totalBytes: 0 };
    let rows = 0;
    for await (const block of readCriteoRows(this.path, badLines, progress)) {
      rows += block.length;
      yield block;
      this.#onProgress?.({ phase, rows, ...progress });
    }
  }
}

function addBlock(digest: Digest, block: CriteoRows): void {
  const { length } = block;
  digest.add(block.labels.subarray(0, length));
  digest.add(block.dense.subarray(0, length * INTEGERS)).add(block.emptyIntegers.subarray(0, length));
  digest
    .add(block.categories.subarray(0, length * CATEGORIES))
    .add(block.emptyCategories.subarray(0, length));
}
