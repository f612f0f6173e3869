import { CHUNK_ROWS, type Section } from './chunk.ts';

/** The numbers of a column in the chunk that is being read: set by row, or added one behind the other. */
export class SectionWriter<T extends Section> {
  length = 0;
  #array: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#array = make(CHUNK_ROWS);
  }

  get(at: number): number {
    return this.#array[at]!;
  }

  set(at: number, value: number): void {
    if (at >= this.#array.length) {
      const larger = this.#make(2 * this.#array.length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[at] = value;
  }

  /** The first `length` numbers; those of the next chunk follow. */
  take(length: number): T {
    const taken = this.#array.length === length ? this.#array : (this.#array.slice(0, length) as T);
    if (taken === this.#array) this.#array = this.#make(CHUNK_ROWS);
    return taken;
  }

  /** The same, packed. */
  takePacked(length: number, pack: (numbers: T) => Section): Section {
    const numbers = this.#array.subarray(0, length) as T;
    const packed = pack(numbers);
    return packed === numbers ? this.take(length) : packed;
  }
}

export const uint32Writer = () => new SectionWriter((length) => new Uint32Array(length));
export const float32Writer = () => new SectionWriter((length) => new Float32Array(length));
export const float64Writer = () => new SectionWriter((length) => new Float64Array(length));
