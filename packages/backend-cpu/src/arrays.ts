import type { Block, DeviceBuffer } from '@ttrec/backend';

/** The elements of one buffer. */
export type BufferArray = Float32Array | Uint32Array;

/** Typed access to buffers whose types the contract has checked. */
export class Arrays {
  readonly #arrayOf: (buffer: DeviceBuffer) => BufferArray;

  constructor(arrayOf: (buffer: DeviceBuffer) => BufferArray) {
    this.#arrayOf = arrayOf;
  }

  float32(buffer: DeviceBuffer): Float32Array {
    return this.#arrayOf(buffer) as Float32Array;
  }

  uint32(buffer: DeviceBuffer): Uint32Array {
    return this.#arrayOf(buffer) as Uint32Array;
  }
}

/** Index of the first element of a block. */
export function blockOffset(block: Block): number {
  return block.row * block.buffer.cols + block.column;
}
