import { counted, mix32 } from '@ttrec/core';
import { error } from '../error.ts';
import { MAX_VALUES } from '../read/limits.ts';
import { bytesOf, textIn } from './cells.ts';
import { free, resized } from './growable.ts';

const FIRST_SLOTS = 512;
const FIRST_WORDS = 4096;
/** Words in front of the bytes of a longer value: its length. */
const HEAD = 1;
/** Words of a slot. */
const SLOT = 3;
/** Longer values do not fit a slot. */
const MAX_SHORT = 8;
/** In place of the length of a longer value. */
const LONG = 15;
/** Slots are at most so full, and become so many times as many then. */
const MOST_FULL = 0.75;
const GROWTH = 1.5;
/** Bits of a code in a slot, under those of the length. */
const CODE_BITS = 28;
const CODE_MASK = 2 ** CODE_BITS - 1;

/** The bytes from `start` to `end`. */
export interface Slice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Codes 0, 1, 2 … for values, in order of first appearance. Values are looked up as bytes: no string is made until it is asked for.
 *
 * Open addressing with linear probing from a slot that is proportional to the hash, half to three quarters full. A slot holds a value of up to 8 bytes whole, so
 * that its lookup touches one place in memory, and of a longer one the hash and the place of its entry. Expected O(length) per lookup. A value takes 16 to 24
 * bytes, a longer one its own and 4 beside them.
 */
export class Dictionary {
  /** Number of values. */
  size = 0;
  /** Bytes of all values together. */
  bytes = 0;
  #capacity = FIRST_SLOTS;
  /** [capacity][3] The bytes of a value, lowest first, or its hash and the place of its entry in words; then its length and its code + 1, or 0 for an empty slot. */
  #slots = new Int32Array(SLOT * FIRST_SLOTS);
  #slotBytes = new Uint8Array(this.#slots.buffer);
  #words = new Uint32Array(FIRST_WORDS);
  #bytes = new Uint8Array(this.#words.buffer);
  #filled = 0;
  /** By code, the first word of its slot. Made when it is asked for. */
  #places = new Uint32Array(0);
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
    const slot = this.#slotOf(bytes, start, end);
    const head = this.#slots[slot + 2]!;
    return head === 0 ? this.#add(slot, { bytes, start, end }) : (head & CODE_MASK) - 1;
  }

  /** The same, or -1 for a value without a code. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return (this.#slots[this.#slotOf(bytes, start, end) + 2]! & CODE_MASK) - 1;
  }

  /** Where the bytes of a value are; valid until the next value comes. The first call after a value came takes O(values). */
  sliceAt(code: number): Slice {
    if (this.#places.length !== this.size) this.#findPlaces();
    const slot = this.#places[code]!;
    const length = this.#slots[slot + 2]! >>> CODE_BITS;
    if (length !== LONG) return { bytes: this.#slotBytes, start: slot * 4, end: slot * 4 + length };
    const place = this.#slots[slot + 1]! >>> 0;
    const start = (place + HEAD) * 4;
    return { bytes: this.#bytes, start, end: start + this.#words[place]! };
  }

  valueAt(code: number): string {
    const { bytes, start, end } = this.sliceAt(code);
    return textIn(bytes, start, end);
  }

  /** Forgets all values. Their memory is free at once, not when it is next collected. */
  clear(): void {
    for (const array of [this.#slots, this.#words, this.#places]) free(array);
    this.size = 0;
    this.bytes = 0;
    this.#filled = 0;
    this.#capacity = FIRST_SLOTS;
    this.#slots = new Int32Array(SLOT * FIRST_SLOTS);
    this.#slotBytes = new Uint8Array(this.#slots.buffer);
    this.#words = new Uint32Array(FIRST_WORDS);
    this.#bytes = new Uint8Array(this.#words.buffer);
    this.#places = new Uint32Array(0);
  }

  /** Where a value is, or the empty slot where it would go. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > MAX_SHORT) return this.#slotOfLong(bytes, start, end);
    const slots = this.#slots;
    const first = wordIn(bytes, start, end);
    const second = length > 4 ? wordIn(bytes, start + 4, end) : 0;
    for (let at = this.#firstSlot(hashOfShort(first, second, length)); ; at = this.#after(at)) {
      const head = slots[at + 2]!;
      if (head === 0) return at;
      if (slots[at] === first && slots[at + 1] === second && head >>> CODE_BITS === length) return at;
    }
  }

  #slotOfLong(bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    const hash = hashIn(bytes, start, end) | 0;
    for (let at = this.#firstSlot(hash); ; at = this.#after(at)) {
      const head = slots[at + 2]!;
      if (head === 0) return at;
      if (slots[at] !== hash || head >>> CODE_BITS !== LONG) continue;
      if (this.#equals(slots[at + 1]! >>> 0, bytes, start, end)) return at;
    }
  }

  /** The slot where the search for a hash starts: slots are in the order of hashes, so that they stay together when there are more of them. */
  #firstSlot(hash: number): number {
    return SLOT * Math.floor((hash >>> 0) * (this.#capacity / 2 ** 32));
  }

  #after(slot: number): number {
    return slot + SLOT === this.#slots.length ? 0 : slot + SLOT;
  }

  #equals(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (this.#words[place] !== length) return false;
    const own = this.#bytes;
    const first = (place + HEAD) * 4;
    for (let i = 0; i < length; i++) if (own[first + i] !== bytes[start + i]) return false;
    return true;
  }

  #add(slot: number, value: Slice): number {
    requireRoom(this.size, this.#subject, this.#limit);
    const { bytes, start, end } = value;
    const length = end - start;
    const isLong = length > MAX_SHORT;
    const code = this.size++;
    this.bytes += length;
    this.#slots[slot] = isLong ? hashIn(bytes, start, end) : wordIn(bytes, start, end);
    this.#slots[slot + 1] = isLong ? this.#keep(value) : length > 4 ? wordIn(bytes, start + 4, end) : 0;
    this.#slots[slot + 2] = ((isLong ? LONG : length) << CODE_BITS) | (code + 1);
    if (this.size > MOST_FULL * this.#capacity) this.#growSlots();
    return code;
  }

  /** Copies a longer value. @returns its place in words */
  #keep({ bytes, start, end }: Slice): number {
    const place = this.#filled;
    const length = end - start;
    this.#filled += HEAD + Math.ceil(length / 4);
    if (this.#filled > this.#words.length) {
      const enough = Math.max(this.#filled, Math.ceil(GROWTH * this.#words.length));
      this.#words = resized(this.#words, enough, uint32Array);
      this.#bytes = new Uint8Array(this.#words.buffer);
    }
    this.#words[place] = length;
    const own = this.#bytes;
    for (let i = 0, to = (place + HEAD) * 4; i < length; i++) own[to + i] = bytes[start + i]!;
    return place;
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#capacity = Math.ceil(GROWTH * this.#capacity);
    const slots = (this.#slots = new Int32Array(SLOT * this.#capacity));
    for (let from = 0; from < old.length; from += SLOT) {
      const head = old[from + 2]!;
      if (head === 0) continue;
      const kind = head >>> CODE_BITS;
      const hash = kind === LONG ? old[from]! : hashOfShort(old[from]!, old[from + 1]!, kind);
      let to = this.#firstSlot(hash);
      while (slots[to + 2] !== 0) to = this.#after(to);
      slots[to] = old[from]!;
      slots[to + 1] = old[from + 1]!;
      slots[to + 2] = head;
    }
    this.#slotBytes = new Uint8Array(slots.buffer);
    free(old);
  }

  #findPlaces(): void {
    const slots = this.#slots;
    this.#places = new Uint32Array(this.size);
    for (let slot = 0; slot < slots.length; slot += SLOT) {
      const head = slots[slot + 2]!;
      if (head !== 0) this.#places[(head & CODE_MASK) - 1] = slot;
    }
  }
}

const uint32Array = (length: number) => new Uint32Array(length);

/** Up to four bytes as 32 bits, the first one lowest. */
function wordIn(bytes: Uint8Array, start: number, end: number): number {
  let word = 0;
  for (let at = Math.min(start + 4, end) - 1; at >= start; at--) word = (word << 8) | bytes[at]!;
  return word;
}

function hashOfShort(first: number, second: number, length: number): number {
  return mix32(first ^ Math.imul(second, 0x9e3779b1) ^ Math.imul(length, 0x85ebca6b));
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
    rule: `must have at most ${counted(limit, 'different value')}`,
    got: 'one more',
    hint: 'Split the file, or remove the column.',
  });
}
