import type { Chunk, Section } from '../chunks/chunk.ts';

/** In the order of their numbers in a message. */
const types = [Uint8Array, Uint16Array, Uint32Array, Float32Array, Float64Array] as const;
const ALIGNMENT = 8;
/** Bytes in front of the types and lengths of the sections: their number. */
const HEAD = 8;

/** A chunk as bytes: how many sections, the type and length of each, and their numbers. */
export function chunkMessage(chunk: Chunk): Uint8Array {
  const message = new Uint8Array(
    chunk.reduce((bytes, section) => bytes + ALIGNMENT + padded(section.byteLength), HEAD),
  );
  const words = chunk.flatMap((section) => [typeOf(section), section.length]);
  message.set(new Uint8Array(Uint32Array.from([chunk.length, 0, ...words]).buffer));
  let at = HEAD + ALIGNMENT * chunk.length;
  for (const { buffer, byteOffset, byteLength } of chunk) {
    message.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += padded(byteLength);
  }
  return message;
}

/** A copy of what a message holds. */
export function chunkIn(message: Uint8Array): Section[] {
  const { buffer } = message.slice();
  const [count] = new Uint32Array(buffer, 0, 1) as unknown as [number];
  const words = new Uint32Array(buffer, HEAD, 2 * count);
  let at = HEAD + ALIGNMENT * count;
  return Array.from({ length: count }, (_, s) => {
    const section = new types[words[2 * s]!]!(buffer, at, words[2 * s + 1]);
    at += padded(section.byteLength);
    return section;
  });
}

function typeOf(section: Section): number {
  return types.findIndex((type) => section instanceof type);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
