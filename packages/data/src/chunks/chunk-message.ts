import { sectionTypes, typeOfSection, type Chunk, type Section } from './chunk.ts';

const ALIGNMENT = 8;
/** Bytes in front of the types and lengths of the sections: their number. */
const HEAD = 8;

/** A chunk as bytes: how many sections, the type and length of each, and their numbers. */
export function chunkMessage(chunk: Chunk): Uint8Array {
  const message = new Uint8Array(
    chunk.reduce((bytes, section) => bytes + ALIGNMENT + padded(section.byteLength), HEAD),
  );
  const words = chunk.flatMap((section) => [typeOfSection(section), section.length]);
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
  return sectionsOf(message.slice().buffer);
}

/** The sections of the message that a buffer is; they are parts of it. */
export function sectionsOf(buffer: ArrayBuffer): Section[] {
  const [count] = new Uint32Array(buffer, 0, 1) as unknown as [number];
  const words = new Uint32Array(buffer, HEAD, 2 * count);
  let at = HEAD + ALIGNMENT * count;
  return Array.from({ length: count }, (_, s) => {
    const section = new sectionTypes[words[2 * s]!]!(buffer, at, words[2 * s + 1]);
    at += padded(section.byteLength);
    return section;
  });
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
