import {
  bytesOfChunk,
  layoutOf,
  sectionsIn,
  sizeOf,
  type Chunk,
  type ChunkLayout,
  type Section,
} from './chunk.ts';
import type { Scratch, StoredBytes } from './scratch.ts';

interface StoredChunk {
  readonly layout: ChunkLayout;
  readonly bytes: StoredBytes;
}

/** Chunks in their order, in memory, or in scratch once there is one. */
export class ChunkList {
  /** Bytes in memory. */
  bytes = 0;
  readonly #chunks: (Chunk | StoredChunk)[] = [];
  #scratch: Scratch | undefined;
  /** Chunks before this one are stored. */
  #stored = 0;

  get length(): number {
    return this.#chunks.length;
  }

  /** All chunks, if they are in memory. */
  get held(): readonly Chunk[] | undefined {
    return this.#scratch ? undefined : (this.#chunks as Chunk[]);
  }

  push(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.bytes += sizeOf(chunk);
  }

  /** Stores what is in memory. To be called again when there is more. */
  async store(scratch: Scratch): Promise<void> {
    this.#scratch = scratch;
    for (; this.#stored < this.#chunks.length; this.#stored++) {
      const chunk = this.#chunks[this.#stored] as Chunk;
      const layout = layoutOf(chunk);
      this.#chunks[this.#stored] = { layout, bytes: await scratch.write(bytesOfChunk(chunk, layout)) };
      this.bytes -= sizeOf(chunk);
    }
  }

  async get(at: number): Promise<Chunk> {
    const chunk = this.#chunks[at]!;
    if (!isStored(chunk)) return chunk;
    const { layout, bytes } = chunk;
    return sectionsIn(await bytes.read(0, layout.starts.at(-1)!), layout);
  }

  /** Some sections of a chunk, `count` from number `first` on. */
  async sections(at: number, first: number, count: number): Promise<readonly Section[]> {
    const chunk = this.#chunks[at]!;
    if (!isStored(chunk)) return chunk.slice(first, first + count);
    const { layout, bytes } = chunk;
    const [start, end] = [layout.starts[first]!, layout.starts[first + count]!];
    return sectionsIn(await bytes.read(start, end), layout, first, first + count - 1);
  }

  /** Puts a chunk in the place of another. */
  async replace(at: number, chunk: Chunk): Promise<void> {
    const before = this.#chunks[at]!;
    if (isStored(before)) {
      const layout = layoutOf(chunk);
      this.#chunks[at] = { layout, bytes: await before.bytes.overwrite(bytesOfChunk(chunk, layout)) };
      return;
    }
    this.bytes += sizeOf(chunk) - sizeOf(before);
    this.#chunks[at] = chunk;
  }
}

function isStored(chunk: Chunk | StoredChunk): chunk is StoredChunk {
  return 'layout' in chunk;
}
