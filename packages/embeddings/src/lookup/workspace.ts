import { powerOfTwo } from '@ttrec/core';
import type { Backend, DeviceBuffer, DType, Range } from '@ttrec/backend';

/** Above this many numbers, copying arrays together costs more than a write for each. */
const LONG = 2 ** 16;

/** Buffers that a table needs during a step, kept and grown by doubling, so that steady training allocates nothing. */
export class Workspace {
  readonly #backend: Backend;
  readonly #label: string;
  readonly #buffers = new Map<string, DeviceBuffer>();
  #staging = new Uint32Array(0);
  #floats = new Float32Array(0);

  constructor(backend: Backend, label: string) {
    this.#backend = backend;
    this.#label = label;
  }

  /** A float32 buffer with `cols` columns and at least `rows` rows. It holds whatever was left there. */
  matrix(name: string, rows: number, cols: number): DeviceBuffer {
    if (this.holds(name, rows, cols)) return this.#buffers.get(name)!;
    return this.#replace(name, 'float32', powerOfTwo(rows), cols);
  }

  /** Whether there is such a matrix already. */
  holds(name: string, rows: number, cols: number): boolean {
    const found = this.#buffers.get(name);
    return found !== undefined && found.rows >= rows && found.cols === cols;
  }

  /** Uploads float32 values as one range. */
  values(name: string, data: Float32Array): Range {
    const buffer = this.#vector(name, 'float32', data.length);
    this.#backend.write(buffer, data);
    return { buffer, start: 0, length: data.length };
  }

  /** A float32 buffer of at least `rows` rows whose first `rows` are what `fill` writes into an array [rows, cols]. */
  uploaded(name: string, rows: number, cols: number, fill: (out: Float32Array) => void): DeviceBuffer {
    const buffer = this.matrix(name, rows, cols);
    const length = rows * cols;
    if (this.#floats.length < length) this.#floats = new Float32Array(powerOfTwo(length));
    const out = this.#floats.subarray(0, length);
    fill(out);
    this.#backend.write(buffer, out);
    return buffer;
  }

  /** Uploads several arrays of positions, in one write unless they are long; the ranges come in the same order. */
  positions(name: string, arrays: readonly Uint32Array[]): Range[] {
    let total = 0;
    for (const { length } of arrays) total += length;
    const buffer = this.#vector(name, 'uint32', total);
    const staged = arrays.length > 1 && total <= LONG ? this.#staged(total) : undefined;
    const ranges: Range[] = [];
    let start = 0;
    for (const array of arrays) {
      if (staged) staged.set(array, start);
      else this.#backend.write(buffer, array, start);
      ranges.push({ buffer, start, length: array.length });
      start += array.length;
    }
    if (staged) this.#backend.write(buffer, staged);
    return ranges;
  }

  dispose(): void {
    for (const buffer of this.#buffers.values()) buffer.dispose();
    this.#buffers.clear();
  }

  #staged(length: number): Uint32Array {
    if (this.#staging.length < length) this.#staging = new Uint32Array(powerOfTwo(length));
    return this.#staging.subarray(0, length);
  }

  #vector(name: string, dtype: DType, length: number): DeviceBuffer {
    const found = this.#buffers.get(name);
    return found && found.cols >= length ? found : this.#replace(name, dtype, 1, powerOfTwo(length));
  }

  #replace(name: string, dtype: DType, rows: number, cols: number): DeviceBuffer {
    this.#buffers.get(name)?.dispose();
    const buffer = this.#backend.createBuffer({ dtype, rows, cols, label: `${this.#label}/${name}` });
    this.#buffers.set(name, buffer);
    return buffer;
  }
}
