import type { RandomStream } from '@ttrec/core';

const PUNCTUATION = '0123456789{}[]",:-. ';

/** One to four edits: bytes anywhere are set, deleted or inserted, or a stretch is repeated or left out. */
export function edited(original: Uint8Array, stream: RandomStream): Uint8Array<ArrayBuffer> {
  let bytes = [...original];
  const edits = 1 + stream.nextInteger(4);
  for (let edit = 0; edit < edits && bytes.length > 0; edit++) {
    const at = stream.nextInteger(bytes.length);
    const kind = stream.nextInteger(5);
    if (kind === 0) bytes[at] = stream.nextInteger(256);
    else if (kind === 1) bytes[at] = PUNCTUATION.charCodeAt(stream.nextInteger(PUNCTUATION.length));
    else if (kind === 2) bytes.splice(at, 1 + stream.nextInteger(3));
    else if (kind === 3) bytes.splice(at, 0, stream.nextInteger(256));
    else bytes = [...bytes.slice(0, at), ...bytes.slice(stream.nextInteger(bytes.length))];
  }
  return Uint8Array.from(bytes);
}

/** A few bytes set, at one of the places given: to 0, 1, the highest, one more, one less, or anything. */
export function overwritten(
  original: Uint8Array,
  places: readonly number[],
  stream: RandomStream,
): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(original);
  const edits = 1 + stream.nextInteger(3);
  for (let edit = 0; edit < edits; edit++) {
    const at = places[stream.nextInteger(places.length)]!;
    const choices = [0, 1, 255, bytes[at]! + 1, bytes[at]! - 1, stream.nextInteger(256)];
    bytes[at] = choices[stream.nextInteger(choices.length)]!;
  }
  return bytes;
}
