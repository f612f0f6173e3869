import { error } from '../error.ts';
import { mix32 } from '../ids/hash.ts';
import { MAX_VALUES } from '../read/limits.ts';
import { bytesOf, textIn } from './cells.ts';
import { Growable } from './growable.ts';

const FIRST_SLOTS = 1024;
const FIRST_WORDS = 4096;
/** Words in front of the bytes of an entry: its code and its length. */
const HEAD = 2;

/**
 * Codes 0, 1, 2 … for values, in order of first appearance. Values are looked up as bytes: no string is made until it is asked for.
 *
 * Open addressing with linear probing, at most half full. A slot holds a hash and the place of the entry, and an entry its code, its length and
 * its bytes, so that a lookup touches two places in memory. Expected O(length) per lookup; 30 to 45 bytes a value beside its own.
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
    return place === 0 ? this.#add(slot, hash, bytes.subarray(start, end)) : this.#words[place]!;
  }

  /** The same, or -1 for a value without a code. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const place = this.#slots[this.#slot(hashIn(bytes, start, end), bytes, start, end) + 1]!;
    return place === 0 ? -1 : this.#words[place]!;
  }

  /** The bytes of a value; valid until the next value comes. */
  bytesAt(code: number): Uint8Array {
    const place = this.#places.get(code);
    const start = (place + HEAD) * 4;
    return this.#bytes.subarray(start, start + this.#words[place + 1]!);
  }

  valueAt(code: number): string {
    const place = this.#places.get(code);
    const start = (place + HEAD) * 4;
    return textIn(this.#bytes, start, start + this.#words[place + 1]!);
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

  #add(slot: number, hash: number, value: Uint8Array): number {
    requireRoom(this.size, this.#subject, this.#limit);
    const code = this.size++;
    const place = this.#filled;
    this.#filled += HEAD + Math.ceil(value.length / 4);
    if (this.#filled > this.#words.length) this.#growWords();
    this.#words[place] = code;
    this.#words[place + 1] = value.length;
    this.#bytes.set(value, (place + HEAD) * 4);
    this.#places.set(code, place);
    this.#slots[slot] = hash;
    this.#slots[slot + 1] = place;
    if (this.size * 4 > this.#slots.length) this.#growSlots();
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
