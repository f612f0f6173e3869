/**
 * The cells of one row as UTF-8: cell c is `bytes[starts[c] … ends[c] - 1]`. A format fills it, and the next row overwrites it.
 *
 * A list is the byte LIST in front of each of its parts, and one LIST alone if it is empty. No UTF-8 has that byte.
 */
export interface Cells {
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  count: number;
  /** True if no byte is above 127, which makes checks of UTF-8 superfluous. */
  isAscii: boolean;
  /** Whether a cell may be a list. */
  hasLists: boolean;
}

/** Precedes each part of a list. */
export const LIST = 0xff;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
/** Longer texts are decoded faster by the decoder. */
const SHORT = 64;

/** Bytes as text; invalid UTF-8 becomes U+FFFD. */
export function textIn(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT || !isAscii(bytes, start, end)) return decoder.decode(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** A text as UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let at = start; at < end; at++) bits |= bytes[at]!;
  return bits < 0x80;
}

/** The number of UTF-16 units that UTF-8 has as text. */
export function charactersIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if ((byte & 0xc0) !== 0x80) count += byte >= 0xf0 ? 2 : 1;
  }
  return count;
}

/** The texts of a row. */
export function textsOf({ bytes, starts, ends, count }: Cells): string[] {
  return Array.from({ length: count }, (_, c) => textIn(bytes, starts[c]!, ends[c]!));
}

/** The parts of a list. */
export function listIn(bytes: Uint8Array, start: number, end: number): string[] {
  const parts: string[] = [];
  for (let at = start; at < end;) {
    const next = bytes.indexOf(LIST, at + 1);
    const stop = next < 0 || next > end ? end : next;
    if (stop > at + 1) parts.push(textIn(bytes, at + 1, stop));
    at = stop;
  }
  return parts;
}
