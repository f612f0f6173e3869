import { mix32 } from '@ttrec/core';

const encoder = new TextEncoder();
/** Short texts of ASCII take longer to hand to the encoder than to copy. */
const scratch = new Uint8Array(64);

/**
 * MurmurHash3_x86_32 (Appleby 2011) of a string's UTF-8 bytes, as an unsigned integer. O(length).
 * The same bucket in every language that has the function; integers all the way, so nothing rounds.
 */
export function murmur3(text: string, seed = 0): number {
  const { length } = text;
  if (length <= scratch.length) {
    let at = 0;
    for (let code; at < length && (code = text.charCodeAt(at)) < 0x80; at++) scratch[at] = code;
    if (at === length) return murmur3In(scratch, 0, length, seed);
  }
  const bytes = encoder.encode(text);
  return murmur3In(bytes, 0, bytes.length, seed);
}

/** The same of the bytes from `start` to `end`. */
export function murmur3In(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  const length = end - start;
  const wholeWords = length >>> 2;
  let h = seed | 0;
  for (let word = 0; word < wholeWords; word++) {
    const at = start + word * 4;
    h ^= scramble(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = end - 1; at >= start + wholeWords * 4; at--) tail = (tail << 8) | bytes[at]!;
  if (length % 4 !== 0) h ^= scramble(tail);
  return mix32(h ^ length);
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

/** The row of a hashed table of `buckets` rows whose row 0 is kept for missing values: 1 … buckets - 1. */
export function bucketOf(hash: number, buckets: number): number {
  return 1 + (hash % (buckets - 1));
}
