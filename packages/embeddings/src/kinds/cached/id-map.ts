import { powerOfTwo } from '@ttrec/core';
/**
 * A map from ids to places, for a bounded number of ids: open addressing with linear probing in two typed arrays, at most
 * half full, so that its bytes are known before it is filled.
 */
export class IdMap {
  readonly #ids: Uint32Array;
  /** The place of an id, plus 1; 0 where there is none. */
  readonly #places: Uint32Array;

  constructor(most: number) {
    const slots = slotsFor(most);
    this.#ids = new Uint32Array(slots);
    this.#places = new Uint32Array(slots);
  }

  /** Bytes for at most so many ids. */
  static bytes(most: number): number {
    return 8 * slotsFor(most);
  }

  /** The place of an id, or -1. */
  get(id: number): number {
    return this.#places[this.#slot(id)]! - 1;
  }

  /** Replaces all: id `ids[i]` is at place i, for the first `count`. */
  fill(ids: Uint32Array, count: number): void {
    this.#places.fill(0);
    for (let place = 0; place < count; place++) {
      const slot = this.#slot(ids[place]!);
      this.#ids[slot] = ids[place]!;
      this.#places[slot] = place + 1;
    }
  }

  #slot(id: number): number {
    const mask = this.#ids.length - 1;
    let slot = scatter(id) & mask;
    while (this.#places[slot] !== 0 && this.#ids[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }
}

/** A power of two, at least twice the number. */
export function slotsFor(most: number): number {
  return powerOfTwo(2 * most);
}

/** Spreads ids that follow each other over a table of a power of two (Knuth, "The Art of Computer Programming", 6.4). */
export function scatter(id: number): number {
  const product = Math.imul(id, 0x9e3779b1);
  return (product ^ (product >>> 15)) >>> 0;
}
