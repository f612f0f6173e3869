/** Rows of a chunk; the last one has what is left. Encodings and digests are the same wherever chunks are. */
export const CHUNK_ROWS = 1 << 14;

/** Numbers of a column. A column has one section, or several for bags. */
export type Section = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

/** Some rows, column by column. */
export type Chunk = readonly Section[];

/** In the order of their numbers where chunks are stored or sent. */
export const sectionTypes = [Uint8Array, Uint16Array, Uint32Array, Float32Array, Float64Array] as const;

/** Every section starts at a multiple of this many bytes. */
const ALIGNMENT = 8;

/** What it takes to make sections of bytes again. */
export interface ChunkLayout {
  /** Positions in `sectionTypes`. */
  readonly types: readonly number[];
  readonly lengths: readonly number[];
  /** [sections + 1] The byte at which each section starts, and the end. */
  readonly starts: readonly number[];
}

export function layoutOf(chunk: Chunk): ChunkLayout {
  const starts = [0];
  for (const { byteLength } of chunk)
    starts.push(Math.ceil((starts.at(-1)! + byteLength) / ALIGNMENT) * ALIGNMENT);
  return {
    types: chunk.map(typeOfSection),
    lengths: chunk.map(({ length }) => length),
    starts,
  };
}

/** The position of its type in `sectionTypes`. */
export function typeOfSection(section: Section): number {
  return sectionTypes.findIndex((type) => section instanceof type);
}

/** The bytes of a chunk, one section behind the other. */
export function bytesOfChunk(chunk: Chunk, { starts }: ChunkLayout): Uint8Array {
  const bytes = new Uint8Array(starts.at(-1)!);
  chunk.forEach((section, s) => {
    bytes.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), starts[s]);
  });
  return bytes;
}

/** The sections from number `first` to `last`, of bytes that start with that of number `first`. */
export function sectionsIn(
  bytes: ArrayBuffer,
  { types, lengths, starts }: ChunkLayout,
  first = 0,
  last = types.length - 1,
): Section[] {
  const sections: Section[] = [];
  for (let s = first; s <= last; s++)
    sections.push(new sectionTypes[types[s]!]!(bytes, starts[s]! - starts[first]!, lengths[s]));
  return sections;
}

/** Bytes in memory. */
export function sizeOf(chunk: Chunk): number {
  return chunk.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
