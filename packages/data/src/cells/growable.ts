const FIRST_LENGTH = 4096;
const GROWTH = 1.5;

type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

/** A typed array that grows by half. */
export class Growable<T extends Numbers> {
  #array: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#array = make(FIRST_LENGTH);
  }

  /** Makes room for so many numbers in all. */
  reserve(length: number): void {
    if (length > this.#array.length) this.#array = resized(this.#array, length, this.#make);
  }

  get(at: number): number {
    return this.#array[at]!;
  }

  set(at: number, value: number): void {
    if (at >= this.#array.length) this.reserve(Math.ceil(Math.max(at + 1, GROWTH * this.#array.length)));
    this.#array[at] = value;
  }

  /** A copy of the numbers from `start` to `end` - 1. */
  slice(start: number, end: number): T {
    return this.#array.slice(start, end) as T;
  }

  /** The first `length` numbers, in memory of just that size. They are given away: nothing is left here. */
  take(length: number): T {
    const taken = this.#array.length === length ? this.#array : resized(this.#array, length, this.#make);
    this.#array = this.#make(0);
    return taken;
  }
}

/** Frees the memory of an array at once, not when it is next collected. Nothing is left in it. */
export function free(array: Numbers): void {
  (array.buffer as { transfer?(bytes: number): ArrayBuffer }).transfer?.(0);
}

/**
 * The numbers of an array in one of another length, and zeros behind them. Nothing is left in the first, whose memory is free at once (Node 22, pages of 2023), not when it is next
 * collected. Large arrays take memory as they are written, which those of `ArrayBuffer.transfer` do not.
 */
export function resized<T extends Numbers>(array: T, length: number, make: (length: number) => T): T {
  const copy = make(length);
  copy.set(array.subarray(0, length));
  free(array);
  return copy;
}
