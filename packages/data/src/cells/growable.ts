const FIRST_LENGTH = 4096;

type Numbers = Float64Array | Float32Array | Uint32Array | Uint8Array;

/** A typed array that grows by doubling. */
export class Growable<T extends Numbers> {
  #array: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#array = make(FIRST_LENGTH);
  }

  get(at: number): number {
    return this.#array[at]!;
  }

  set(at: number, value: number): void {
    if (at >= this.#array.length) this.#array = resized(this.#array, this.#array.length * 2, this.#make);
    this.#array[at] = value;
  }

  /** A copy of the numbers from `start` to `end` - 1. */
  slice(start: number, end: number): T {
    return this.#array.slice(start, end) as T;
  }

  /** The first `length` numbers, in memory of just that size. They are given away: nothing is left here. */
  take(length: number): T {
    const taken = resized(this.#array, length, this.#make);
    this.#array = this.#make(0);
    return taken;
  }
}

/**
 * The numbers of an array in one of another length, and zeros behind them. Nothing is left in the first, whose memory is free at once (Node 22, pages of 2023), not when it is next
 * collected. Large arrays take memory as they are written, which those of `ArrayBuffer.transfer` do not.
 */
export function resized<T extends Numbers>(array: T, length: number, make: (length: number) => T): T {
  const copy = make(length);
  copy.set(array.subarray(0, length));
  (array.buffer as { transfer?(bytes: number): ArrayBuffer }).transfer?.(0);
  return copy;
}
