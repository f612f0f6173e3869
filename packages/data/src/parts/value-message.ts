import type { Dictionary } from '../cells/dictionary.ts';

/** The values of a dictionary from code `first` on, as bytes: how many, where each ends, and the values. */
export function valuesMessage(dictionary: Dictionary, first = 0): Uint8Array {
  const count = dictionary.size - first;
  const ends = new Uint32Array(1 + count);
  ends[0] = count;
  let length = 0;
  for (let i = 0; i < count; i++) {
    const { start, end } = dictionary.sliceAt(first + i);
    ends[i + 1] = length += end - start;
  }
  const message = new Uint8Array(ends.byteLength + length);
  message.set(new Uint8Array(ends.buffer));
  for (let i = 0, at = ends.byteLength; i < count; i++) {
    const { bytes, start, end } = dictionary.sliceAt(first + i);
    message.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return message;
}

/**
 * Adds the values of a message, so that parts that come in the order of their rows leave the codes of one reader.
 * @returns the code of each, by its code in the part, where the first `first` values are the same in all
 */
export function mergedCodes(message: Uint8Array, dictionary: Dictionary, first = 0): Uint32Array {
  const [count] = new Uint32Array(message.slice(0, 4).buffer) as unknown as [number];
  const ends = new Uint32Array(message.slice(4, 4 + 4 * count).buffer);
  const bytes = message.subarray(4 + 4 * count);
  const codes = new Uint32Array(first + count);
  for (let code = 0; code < first; code++) codes[code] = code;
  for (let i = 0; i < count; i++)
    codes[first + i] = dictionary.codeIn(bytes, i === 0 ? 0 : ends[i - 1]!, ends[i]!);
  return codes;
}
