/** Working memory that only grows, so that a steady stream of kernels allocates nothing. Contents do not survive. */
export class Scratch<T extends Float32Array | Float64Array | Uint32Array> {
  #array: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#array = make(0);
  }

  /** An array of at least `length` elements. */
  reserve(length: number): T {
    if (this.#array.length < length) this.#array = this.#make(length);
    return this.#array;
  }
}
