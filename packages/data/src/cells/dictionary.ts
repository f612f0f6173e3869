import { mix32 } from '@ttrec/core';
import { error } from '../error.ts';
import { MAX_VALUES } from '../read/limits.ts';
import { bytesOf, textIn } from './cells.ts';
import { Growable, resized } from './growable.ts';

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
 * Open addressing with linear probing, at most two thirds full. A slot holds a value of up to 8 bytes whole, so that its lookup touches one place in memory, and
 * of a longer one the hash and the place of its entry. Expected O(length) per lookup. A value takes 22 to 40 bytes, a longer one its own and 4 beside them.
 */
export class Dictionary {
  /** Number of values. */
  size = 0;
  /** [slots][3] The bytes of a value, lowest first, or its hash and the place of its entry in words; then its length and its code + 1, or 0 for an empty slot. */
  #slots = new Uint32Array(SLOT * FIRST_SLOTS);
  #slotBytes = new Uint8Array(this.#slots.buffer);
  #mask = FIRST_SLOTS - 1;
  #words = new Uint32Array(FIRST_WORDS);
  #bytes = new Uint8Array(this.#words.buffer);
  #filled = 0;
  /** The first two words of the slot that a value has, its length there, and its hash. */
  #first = 0;
  #second = 0;
  #kind = 0;
  #hash = 0;
  /** By code, the first word of its slot. */
  readonly #places = new Growable(uint32Array);
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

  /** Where the bytes of a value are; valid until the next value comes. */
  sliceAt(code: number): Slice {
    const slot = this.#places.get(code);
    const length = this.#slots[slot + 2]! >>> CODE_BITS;
    if (length !== LONG) return { bytes: this.#slotBytes, start: slot * 4, end: slot * 4 + length };
    const place = this.#slots[slot + 1]!;
    const start = (place + HEAD) * 4;
    return { bytes: this.#bytes, start, end: start + this.#words[place]! };
  }

  valueAt(code: number): string {
    const { bytes, start, end } = this.sliceAt(code);
    return textIn(bytes, start, end);
  }

  /** Where a value is, or the empty slot where it would go. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > MAX_SHORT) {
      this.#hash = hashIn(bytes, start, end);
      this.#first = this.#hash;
      this.#kind = LONG;
    } else {
      let [first, second] = [0, 0];
      const middle = length > 4 ? start + 4 : end;
      for (let at = middle - 1; at >= start; at--) first = (first << 8) | bytes[at]!;
      for (let at = end - 1; at >= middle; at--) second = (second << 8) | bytes[at]!;
      this.#first = first >>> 0;
      this.#second = second >>> 0;
      this.#kind = length;
      this.#hash = hashOfShort(first, second, length);
    }
    const slots = this.#slots;
    const [kind, first, second] = [this.#kind, this.#first, this.#second];
    let slot = this.#hash & this.#mask;
    for (;;) {
      const at = SLOT * slot;
      const head = slots[at + 2]!;
      if (head === 0) return at;
      if (slots[at] === first && head >>> CODE_BITS === kind) {
        if (kind === LONG ? this.#equals(slots[at + 1]!, bytes, start, end) : slots[at + 1] === second)
          return at;
      }
      slot = (slot + 1) & this.#mask;
    }
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
    const code = this.size++;
    this.#places.set(code, slot);
    this.#slots[slot] = this.#first;
    this.#slots[slot + 1] = this.#kind === LONG ? this.#keep(value) : this.#second;
    this.#slots[slot + 2] = this.#kind * 2 ** CODE_BITS + code + 1;
    // Two thirds of the slots.
    if (this.size * 3 > (this.#mask + 1) * 2) this.#growSlots();
    return code;
  }

  /** Copies a longer value. @returns its place in words */
  #keep({ bytes, start, end }: Slice): number {
    const place = this.#filled;
    const length = end - start;
    this.#filled += HEAD + Math.ceil(length / 4);
    if (this.#filled > this.#words.length) {
      this.#words = resized(this.#words, Math.max(this.#filled, 2 * this.#words.length), uint32Array);
      this.#bytes = new Uint8Array(this.#words.buffer);
    }
    this.#words[place] = length;
    const own = this.#bytes;
    for (let i = 0, to = (place + HEAD) * 4; i < length; i++) own[to + i] = bytes[start + i]!;
    return place;
  }

  #growSlots(): void {
    const old = this.#slots;
    const slots = (this.#slots = new Uint32Array(old.length * 2));
    const mask = (this.#mask = 2 * this.#mask + 1);
    for (let from = 0; from < old.length; from += SLOT) {
      const head = old[from + 2]!;
      if (head === 0) continue;
      const kind = head >>> CODE_BITS;
      const hash = kind === LONG ? old[from]! : hashOfShort(old[from]!, old[from + 1]!, kind);
      let slot = hash & mask;
      while (slots[SLOT * slot + 2] !== 0) slot = (slot + 1) & mask;
      const to = SLOT * slot;
      slots[to] = old[from]!;
      slots[to + 1] = old[from + 1]!;
      slots[to + 2] = head;
      this.#places.set((head & CODE_MASK) - 1, to);
    }
    this.#slotBytes = new Uint8Array(slots.buffer);
    resized(old, 0, uint32Array);
  }
}

const uint32Array = (length: number) => new Uint32Array(length);

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
    rule: `must have at most ${limit} different values`,
    got: 'one more',
    hint: 'Split the file, or remove the column.',
  });
}
