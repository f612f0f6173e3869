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

/** In place where the engine can (Node 22, pages of 2023), so that a column is not in memory twice. */
function resized<T extends Float64Array | Float32Array | Uint32Array | Uint8Array>(
  array: T,
  length: number,
  make: (length: number) => T,
): T {
  const { buffer } = array as { buffer: { transfer?(bytes: number): ArrayBuffer } };
  if (buffer.transfer !== undefined) {
    const moved = buffer.transfer(length * array.BYTES_PER_ELEMENT);
    return new (array.constructor as new (buffer: ArrayBuffer) => T)(moved);
  }
  const copy = make(length);
  copy.set(array.subarray(0, length));
  return copy;
}
