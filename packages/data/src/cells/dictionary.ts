import { mix32 } from '@ttrec/core';
import { error } from '../error.ts';
import { MAX_VALUES } from '../read/limits.ts';
import { bytesOf, textIn } from './cells.ts';
import { Growable } from './growable.ts';

const FIRST_SLOTS = 1024;
const FIRST_WORDS = 4096;
/** Words in front of the bytes of an entry: its code and its length. */
const HEAD = 2;

/** Bytes for decoding. */
const BUFFER_BYTES = 1 << 16;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes from `start` to `end`. */
export interface Slice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Codes 0, 1, 2 … for values, in order of first appearance. Values are looked up as bytes: no string is made until it is asked for.
 *
 * Open addressing with linear probing, at most two thirds full. A slot holds a hash and the place of the entry, and an entry its code, its length and
 * its bytes, so that a lookup touches two places in memory. Expected O(length) per lookup; 25 to 45 bytes a value beside its own.
 */
export class Dictionary {
  /** Number of values. */
  size = 0;
  /** [slots][2] hash and place of the entry in words, or 0. */
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  #words = new Uint32Array(FIRST_WORDS);
  #bytes = new Uint8Array(this.#words.buffer);
  /** Word 0 is no entry. */
  #filled = 1;
  readonly #places = new Growable((length) => new Uint32Array(length));
  readonly #subject: string;
  readonly #limit: number;

  /** `subject` names the values in errors. */
  constructor(subject: string, limit = MAX_VALUES) {
    this.#subject = subject;
    this.#limit = limit;
  }

  /** @throws `data/too-many-values` */
  codeOf(value: string): number {
    const bytes = bytesOf(value);
    return this.codeIn(bytes, 0, bytes.length);
  }

  /** The code of `bytes[start … end - 1]`. @throws `data/too-many-values` */
  codeIn(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashIn(bytes, start, end);
    const slot = this.#slot(hash, bytes, start, end);
    const place = this.#slots[slot + 1]!;
    return place === 0 ? this.#add(slot, hash, { bytes, start, end }) : this.#words[place]!;
  }

  /** The same, or -1 for a value without a code. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const place = this.#slots[this.#slot(hashIn(bytes, start, end), bytes, start, end) + 1]!;
    return place === 0 ? -1 : this.#words[place]!;
  }

  /** Where the bytes of a value are; valid until the next value comes. */
  sliceAt(code: number): Slice {
    const place = this.#places.get(code);
    const start = (place + HEAD) * 4;
    return { bytes: this.#bytes, start, end: start + this.#words[place + 1]! };
  }

  valueAt(code: number): string {
    const { bytes, start, end } = this.sliceAt(code);
    return textIn(bytes, start, end);
  }

  /** The values of these codes. Those of ASCII are decoded many at a time. */
  valuesAt(codes: Uint32Array): string[] {
    const texts = new Array<string>(codes.length);
    const buffer = new Uint8Array(BUFFER_BYTES);
    let from = 0;
    while (from < codes.length) {
      let filled = 0;
      let to = from;
      let isPlain = true;
      for (; to < codes.length; to++) {
        const { bytes, start, end } = this.sliceAt(codes[to]!);
        if (filled + end - start > BUFFER_BYTES) break;
        for (let at = start; at < end; at++) {
          isPlain &&= bytes[at]! < 0x80;
          buffer[filled++] = bytes[at]!;
        }
      }
      if (to === from || !isPlain) {
        to = Math.max(to, from + 1);
        for (let at = from; at < to; at++) texts[at] = this.valueAt(codes[at]!);
      } else {
        const all = decoder.decode(buffer.subarray(0, filled));
        let start = 0;
        for (let at = from; at < to; at++) {
          const length = this.#words[this.#places.get(codes[at]!) + 1]!;
          texts[at] = all.slice(start, (start += length));
        }
      }
      from = to;
    }
    return texts;
  }

  #slot(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (hash << 1) & mask;
    for (;;) {
      const place = slots[slot + 1]!;
      if (place === 0 || (slots[slot] === hash && this.#equals(place, bytes, start, end))) return slot;
      slot = (slot + 2) & mask;
    }
  }

  #equals(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (this.#words[place + 1] !== length) return false;
    const own = this.#bytes;
    const first = (place + HEAD) * 4;
    for (let i = 0; i < length; i++) if (own[first + i] !== bytes[start + i]) return false;
    return true;
  }

  #add(slot: number, hash: number, { bytes, start, end }: Slice): number {
    requireRoom(this.size, this.#subject, this.#limit);
    const code = this.size++;
    const place = this.#filled;
    const length = end - start;
    this.#filled += HEAD + Math.ceil(length / 4);
    if (this.#filled > this.#words.length) this.#growWords();
    this.#words[place] = code;
    this.#words[place + 1] = length;
    const own = this.#bytes;
    for (let i = 0, to = (place + HEAD) * 4; i < length; i++) own[to + i] = bytes[start + i]!;
    this.#places.set(code, place);
    this.#slots[slot] = hash;
    this.#slots[slot + 1] = place;
    if (this.size * 3 > this.#slots.length) this.#growSlots();
    return code;
  }

  #growWords(): void {
    const words = new Uint32Array(Math.max(this.#filled, Math.ceil(this.#words.length * 1.5)));
    words.set(this.#words);
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer);
  }

  #growSlots(): void {
    const old = this.#slots;
    const slots = (this.#slots = new Uint32Array(old.length * 2));
    const mask = slots.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let to = (old[from]! << 1) & mask;
      while (slots[to + 1] !== 0) to = (to + 2) & mask;
      slots[to] = old[from]!;
      slots[to + 1] = old[from + 1]!;
    }
  }
}

/** FNV-1a (Fowler, Noll, Vo), with its bits mixed once more for the low ones, which choose the slot. */
function hashIn(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return mix32(hash);
}

/** @throws `data/too-many-values` if a map of `size` values is full */
function requireRoom(size: number, subject: string, limit: number): void {
  if (size < limit) return;
  throw error('too-many-values', {
    subject,
    rule: `must have at most ${limit} different values`,
    got: 'one more',
    hint: 'Split the file, or remove the column.',
  });
}
