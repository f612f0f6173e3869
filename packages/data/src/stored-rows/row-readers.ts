import { CHUNK_ROWS, type Chunk } from '../chunks/chunk.ts';
import { chunkOfRows, type PickedRows } from './gather-rows.ts';
import type { RowLayout } from './row-layout.ts';

/** Chunks that are read on demand. */
export interface ChunkSource {
  readonly length: number;
  get(at: number): Promise<Chunk>;
}

/** Finds the rows of a split, which are numbered from 0. */
export interface SplitReader {
  /** Sees to it that rows `first` to `last` - 1 are at hand, and soon those up to `next`. Others may go. */
  load(first: number, last: number, next: number): Promise<void>;
  pick(rows: Uint32Array): PickedRows;
}

/** All chunks are in memory. */
export class MemoryReader implements SplitReader {
  readonly #chunks: readonly Chunk[];
  readonly #rowsOf: Uint32Array;

  /** @param rowsOf the rows of the file that are in the split */
  constructor(chunks: readonly Chunk[], rowsOf: Uint32Array) {
    this.#chunks = chunks;
    this.#rowsOf = rowsOf;
  }

  load(): Promise<void> {
    return Promise.resolve();
  }

  pick(rows: Uint32Array): PickedRows {
    const inFile = rows.map((row) => this.#rowsOf[row]!);
    const chunks = Array.from(inFile, (row) => this.#chunks[Math.floor(row / CHUNK_ROWS)]!);
    return { chunks, at: inFile.map((row) => row % CHUNK_ROWS) };
  }
}

/** A chunk, and its rows that are in a split; without `rows` it has these alone. */
interface LoadedChunk {
  readonly chunk: Chunk;
  readonly rows: Uint32Array | undefined;
}

/**
 * Chunks are read when they are near, one at a time. Reading goes on while the caller computes. Of a chunk with few rows of the split, only these are held, so that memory depends on
 * the rows of the split and not on how far apart they are.
 */
export class StreamReader implements SplitReader {
  readonly #chunks: ChunkSource;
  readonly #layout: RowLayout;
  readonly #splits: Uint8Array;
  readonly #split: number;
  /** [chunks + 1] Number of rows of the split before each chunk. */
  readonly #before: Uint32Array;
  readonly #loading = new Map<number, Promise<LoadedChunk>>();
  readonly #loaded = new Map<number, LoadedChunk>();
  #lastRead: Promise<unknown> = Promise.resolve();

  /** @param splits the split of each row of the file */
  constructor(
    { chunks, layout }: { readonly chunks: ChunkSource; readonly layout: RowLayout },
    splits: Uint8Array,
    split: number,
  ) {
    this.#chunks = chunks;
    this.#layout = layout;
    this.#splits = splits;
    this.#split = split;
    this.#before = new Uint32Array(chunks.length + 1);
    splits.forEach((of, row) => {
      if (of === split) this.#before[Math.floor(row / CHUNK_ROWS) + 1]!++;
    });
    for (let chunk = 0; chunk < chunks.length; chunk++) this.#before[chunk + 1]! += this.#before[chunk]!;
  }

  async load(first: number, last: number, next: number): Promise<void> {
    const [from, to] = [this.#chunkOf(first), this.#chunkOf(last - 1)];
    const end = next > last ? this.#chunkOf(next - 1) : to;
    for (const chunk of this.#loading.keys()) {
      if (chunk >= from && chunk <= end) continue;
      this.#loading.delete(chunk);
      this.#loaded.delete(chunk);
    }
    for (let chunk = from; chunk <= end; chunk++) {
      if (this.#loading.has(chunk)) continue;
      const loading = this.#lastRead.then(() => this.#read(chunk));
      // It is awaited when it is needed, and its error thrown then.
      this.#lastRead = loading.catch(() => undefined);
      this.#loading.set(chunk, loading);
    }
    for (let chunk = from; chunk <= to; chunk++)
      if (!this.#loaded.has(chunk)) this.#loaded.set(chunk, await this.#loading.get(chunk)!);
  }

  pick(rows: Uint32Array): PickedRows {
    const chunks: Chunk[] = [];
    const at = rows.map((row) => {
      const number = this.#chunkOf(row);
      const { chunk, rows: own } = this.#loaded.get(number)!;
      chunks.push(chunk);
      const place = row - this.#before[number]!;
      return own ? own[place]! : place;
    });
    return { chunks, at };
  }

  async #read(number: number): Promise<LoadedChunk> {
    const start = number * CHUNK_ROWS;
    const rows = new Uint32Array(this.#before[number + 1]! - this.#before[number]!);
    for (let at = 0, filled = 0; filled < rows.length; at++)
      if (this.#splits[start + at] === this.#split) rows[filled++] = at;
    const chunk = await this.#chunks.get(number);
    const isSparse = 2 * rows.length < chunk[this.#layout.labels]!.length;
    return isSparse ? { chunk: chunkOfRows(this.#layout, chunk, rows), rows: undefined } : { chunk, rows };
  }

  /** The chunk of a row of the split. O(log chunks). */
  #chunkOf(row: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#before[middle + 1]! > row) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
