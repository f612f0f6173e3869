import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import { bytesOf, textIn } from './cells.ts';
import { Growable } from './growable.ts';

/** Texts that are decoded as one. */
const BLOCK = 4096;
/** Places of bytes are 32-bit numbers. */
const MAX_BYTES = 2 ** 32 - 1;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What lists of texts have in common, an array of strings among them. */
export interface Texts extends Iterable<string> {
  readonly length: number;
  at(index: number): string | undefined;
  slice(start?: number, end?: number): readonly string[];
}

/** Texts as UTF-8, one behind the other: 4 bytes each and their own, where strings take 32 or more. */
export class TextList implements Texts {
  readonly #bytes: Uint8Array;
  readonly #ends: Uint32Array;

  /** @param ends [texts] where each text ends in the bytes */
  constructor(bytes: Uint8Array, ends: Uint32Array) {
    this.#bytes = bytes;
    this.#ends = ends;
  }

  get length(): number {
    return this.#ends.length;
  }

  at(index: number): string | undefined {
    const place = index < 0 ? index + this.length : index;
    return place in this.#ends ? textIn(this.#bytes, this.#startOf(place), this.#ends[place]!) : undefined;
  }

  equals(other: TextList): boolean {
    return isSame(this.#ends, other.#ends) && isSame(this.#bytes, other.#bytes);
  }

  /** O(texts). Those of ASCII are decoded at once. */
  slice(start = 0, end = this.length): string[] {
    const count = Math.max(0, Math.min(end, this.length) - start);
    if (count === 0) return [];
    const [first, ends] = [this.#startOf(start), this.#ends];
    const last = ends[start + count - 1]!;
    const text = decoder.decode(this.#bytes.subarray(first, last));
    const texts = new Array<string>(count);
    // Otherwise places in the bytes are not those in the text.
    const isAscii = text.length === last - first && !text.includes('\uFFFD');
    for (let i = 0; i < count; i++) {
      const [from, to] = [this.#startOf(start + i), ends[start + i]!];
      texts[i] = isAscii ? text.slice(from - first, to - first) : textIn(this.#bytes, from, to);
    }
    return texts;
  }

  *[Symbol.iterator](): Generator<string, undefined> {
    for (let start = 0; start < this.length; start += BLOCK) yield* this.slice(start, start + BLOCK);
    return undefined;
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }
}

function isSame(a: Uint8Array | Uint32Array, b: Uint8Array | Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Takes texts one by one. */
export class TextListWriter {
  #length = 0;
  #filled = 0;
  readonly #bytes = new Growable((length) => new Uint8Array(length));
  readonly #ends = new Growable((length) => new Uint32Array(length));
  readonly #limit: number;

  /** @param limit of bytes of all texts */
  constructor(limit = MAX_BYTES) {
    this.#limit = limit;
  }

  /** Makes room for so many more texts of so many bytes together: no memory beyond it is taken then. */
  reserve(texts: number, bytes: number): void {
    this.#ends.reserve(this.#length + texts);
    this.#bytes.reserve(Math.min(this.#limit, this.#filled + bytes));
  }

  /** @throws `data/too-many-values` */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (this.#filled + end - start > this.#limit) {
      throw error('too-many-values', {
        subject: 'values of a vocabulary',
        rule: `must take at most ${counted(this.#limit, 'byte')} together`,
        got: this.#filled + end - start,
        hint: 'Raise minCount, or store the column as a hash.',
      });
    }
    for (let at = start; at < end; at++) this.#bytes.set(this.#filled++, bytes[at]!);
    this.#ends.set(this.#length++, this.#filled);
  }

  /** @throws `data/too-many-values` */
  addTexts(texts: Iterable<string>): void {
    for (const text of texts) {
      const bytes = bytesOf(text);
      this.add(bytes, 0, bytes.length);
    }
  }

  /** Nothing is left here. */
  finish(): TextList {
    return new TextList(this.#bytes.take(this.#filled), this.#ends.take(this.#length));
  }
}
