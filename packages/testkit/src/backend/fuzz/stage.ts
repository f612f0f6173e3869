import type { Backend, Block, DeviceBuffer, Range } from '@ttrec/backend';
import type { RandomStream } from '@ttrec/core';

/**
 * Buffers of one fuzz case on one backend. The same case on another backend, or with absolute values, draws the same
 * numbers, so that three runs can be held against each other.
 */
export class Stage {
  readonly backend: Backend;
  readonly random: RandomStream;
  /** What the case wrote to. */
  readonly outputs: DeviceBuffer[] = [];
  /** Whether all numbers are absolute values: sums of these are the scale to which rounding errors are relative. */
  readonly absolute: boolean;
  readonly #buffers: DeviceBuffer[] = [];

  constructor(backend: Backend, random: RandomStream, absolute: boolean) {
    this.backend = backend;
    this.random = random;
    this.absolute = absolute;
  }

  upTo(limit: number): number {
    return 1 + this.random.nextInteger(limit);
  }

  flip(): boolean {
    return this.random.nextInteger(2) === 1;
  }

  buffer(rows: number, cols: number): DeviceBuffer {
    const buffer = this.#keep(this.backend.createBuffer({ dtype: 'float32', rows, cols, label: 'fuzz' }));
    const draw = (): number => {
      const value = this.random.nextNormal();
      return this.absolute ? Math.abs(value) : value;
    };
    this.backend.write(buffer, Float32Array.from({ length: rows * cols }, draw));
    return buffer;
  }

  /** A block somewhere inside a larger buffer. */
  block(rows: number, cols: number): Block {
    const [row, column] = [this.random.nextInteger(3), this.random.nextInteger(6)];
    // A buffer has a row, even where a block of it has none.
    const below = Math.max(1 - row - rows, this.random.nextInteger(3));
    const buffer = this.buffer(row + rows + below, column + cols + this.random.nextInteger(6));
    return { buffer, row, column, rows, cols };
  }

  /** A block whose buffer is compared afterwards, with all that lies around it. */
  output(rows: number, cols: number): Block {
    const block = this.block(rows, cols);
    this.outputs.push(block.buffer);
    return block;
  }

  outputBuffer(rows: number, cols: number): DeviceBuffer {
    const buffer = this.buffer(rows + this.random.nextInteger(3), cols);
    this.outputs.push(buffer);
    return buffer;
  }

  positions(values: ArrayLike<number>): Range {
    const start = this.random.nextInteger(5);
    const buffer = this.#keep(
      this.backend.createBuffer({ dtype: 'uint32', rows: 1, cols: start + values.length + 1, label: 'fuzz' }),
    );
    this.backend.write(buffer, Uint32Array.from(values), start);
    return { buffer, start, length: values.length };
  }

  dispose(): void {
    for (const buffer of this.#buffers) buffer.dispose();
  }

  #keep(buffer: DeviceBuffer): DeviceBuffer {
    this.#buffers.push(buffer);
    return buffer;
  }
}
