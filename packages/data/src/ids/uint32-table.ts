import { mix32 } from './hash.ts';

const FIRST_CAPACITY = 1024;

/**
 * A map from 32-bit integers to 32-bit integers in which an absent key has value 0: counts by value while a
 * vocabulary is gathered, then rows by value, where row 0 is out of vocabulary.
 *
 * Open addressing with linear probing in two typed arrays, at most half full: 16 to 32 bytes a key, where a `Map`
 * takes over 40 and stops at 2^24 keys. Expected O(1) per operation.
 */
export class Uint32Table {
  #keys = new Uint32Array(FIRST_CAPACITY);
  #values = new Uint32Array(FIRST_CAPACITY);
  #size = 0;

  /** How many keys have a value other than 0. */
  get size(): number {
    return this.#size;
  }

  get(key: number): number {
    return this.#values[this.#slot(key)]!;
  }

  /** Sets the value of a key; it must be from 1 to 2^32 - 1. */
  set(key: number, value: number): void {
    const slot = this.#slot(key);
    const isNew = this.#values[slot] === 0;
    this.#keys[slot] = key;
    this.#values[slot] = value;
    if (isNew) this.#grown();
  }

  increment(key: number): void {
    const slot = this.#slot(key);
    if (this.#values[slot]! > 0) {
      this.#values[slot]!++;
      return;
    }
    this.#keys[slot] = key;
    this.#values[slot] = 1;
    this.#grown();
  }

  /** All keys that have a value, in no particular order. */
  keys(): Uint32Array {
    const keys = new Uint32Array(this.#size);
    let at = 0;
    for (let slot = 0; slot < this.#keys.length; slot++) {
      if (this.#values[slot]! > 0) keys[at++] = this.#keys[slot]!;
    }
    return keys;
  }

  /** Where the key is, or the empty slot where it would go. */
  #slot(key: number): number {
    const keys = this.#keys;
    const values = this.#values;
    const mask = keys.length - 1;
    let slot = mix32(key) & mask;
    while (values[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grown(): void {
    this.#size++;
    if (this.#size * 2 <= this.#keys.length) return;
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Uint32Array(keys.length * 2);
    this.#values = new Uint32Array(keys.length * 2);
    for (let old = 0; old < keys.length; old++) {
      if (values[old] === 0) continue;
      const slot = this.#slot(keys[old]!);
      this.#keys[slot] = keys[old]!;
      this.#values[slot] = values[old]!;
    }
  }
}
