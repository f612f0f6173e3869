import { mix32 } from '@ttrec/core';

const FIRST_CAPACITY = 1024;

/**
 * A map from 32-bit integers to 32-bit integers in which an absent key has value 0: counts by value while a
 * vocabulary is gathered, then rows by value, where row 0 is out of vocabulary.
 *
 * Open addressing with linear probing, at most two thirds full, key beside value, so that a lookup touches one place in memory: 12 to 24 bytes a
 * key, where a `Map` takes over 40 and stops at 2^24 keys. Expected O(1) per operation.
 */
export class Uint32Table {
  /** [capacity][2] key and value */
  #slots = new Uint32Array(2 * FIRST_CAPACITY);
  #size = 0;

  /** How many keys have a value other than 0. */
  get size(): number {
    return this.#size;
  }

  get(key: number): number {
    return this.#slots[this.#slot(key) + 1]!;
  }

  /** Sets the value of a key; it must be from 1 to 2^32 - 1. */
  set(key: number, value: number): void {
    const at = this.#slot(key);
    const isNew = this.#slots[at + 1] === 0;
    this.#slots[at] = key;
    this.#slots[at + 1] = value;
    if (isNew) this.#grown();
  }

  increment(key: number): void {
    const at = this.#slot(key);
    if (this.#slots[at + 1]! > 0) {
      this.#slots[at + 1]!++;
      return;
    }
    this.#slots[at] = key;
    this.#slots[at + 1] = 1;
    this.#grown();
  }

  /** All keys that have a value, in no particular order. */
  keys(): Uint32Array {
    const keys = new Uint32Array(this.#size);
    const slots = this.#slots;
    let to = 0;
    for (let at = 0; at < slots.length; at += 2) if (slots[at + 1]! > 0) keys[to++] = slots[at]!;
    return keys;
  }

  /** Where the key is, or the empty slot where it would go. */
  #slot(key: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = (mix32(key) << 1) & mask;
    while (slots[at + 1] !== 0 && slots[at] !== key) at = (at + 2) & mask;
    return at;
  }

  #grown(): void {
    this.#size++;
    if (this.#size * 3 <= this.#slots.length) return;
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      const to = this.#slot(old[from]!);
      this.#slots[to] = old[from]!;
      this.#slots[to + 1] = old[from + 1]!;
    }
  }
}
