import {
  bytesOfChunk,
  layoutOf,
  sectionsIn,
  sizeOf,
  type Chunk,
  type ChunkLayout,
  type Section,
} from './chunk.ts';
import type { Scratch, ScratchReader, StoredBytes } from './scratch.ts';

/** Where a chunk is. Plain data. */
export interface StoredChunk {
  readonly layout: ChunkLayout;
  readonly bytes: StoredBytes;
}

/** Some sections of a chunk in scratch, `count` from number `first` on; all by default. */
export async function readChunk(
  { layout, bytes }: StoredChunk,
  scratch: ScratchReader,
  first = 0,
  count = layout.types.length,
): Promise<Section[]> {
  const [start, end] = [layout.starts[first]!, layout.starts[first + count]!];
  return sectionsIn(await scratch.read(bytes, start, end), layout, first, first + count - 1);
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

  /** Where all chunks are, once they are stored. */
  get stored(): readonly StoredChunk[] {
    return this.#chunks as StoredChunk[];
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
    return isStored(chunk) ? readChunk(chunk, this.#scratch!) : chunk;
  }

  /** Some sections of a chunk, `count` from number `first` on. */
  async sections(at: number, first: number, count: number): Promise<readonly Section[]> {
    const chunk = this.#chunks[at]!;
    if (!isStored(chunk)) return chunk.slice(first, first + count);
    return readChunk(chunk, this.#scratch!, first, count);
  }

  /** Puts a chunk in the place of another. */
  async replace(at: number, chunk: Chunk): Promise<void> {
    const before = this.#chunks[at]!;
    if (isStored(before)) {
      const layout = layoutOf(chunk);
      const bytes = await this.#scratch!.overwrite(before.bytes, bytesOfChunk(chunk, layout));
      this.#chunks[at] = { layout, bytes };
      return;
    }
    this.bytes += sizeOf(chunk) - sizeOf(before);
    this.#chunks[at] = chunk;
  }
}

function isStored(chunk: Chunk | StoredChunk): chunk is StoredChunk {
  return 'layout' in chunk;
}
