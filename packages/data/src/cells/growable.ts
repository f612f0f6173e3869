const FIRST_LENGTH = 4096;

/** A typed array that grows by doubling. */
export class Growable<T extends Float64Array | Float32Array | Uint32Array | Uint8Array> {
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
    if (at >= this.#array.length) {
      const larger = this.#make(this.#array.length * 2);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[at] = value;
  }

  /** A copy of the numbers from `start` to `end` - 1. */
  slice(start: number, end: number): T {
    return this.#array.slice(start, end) as T;
  }

  /** The first `length` numbers, in memory of just that size. */
  take(length: number): T {
    return this.#array.slice(0, length) as T;
  }
}
