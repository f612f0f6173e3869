import type { Block, DeviceBuffer, MemoryOf } from '@ttrec/backend';

/** The memory of one buffer. */
export type BufferArray = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Typed access to buffers whose types the contract has checked. */
export class Arrays {
  readonly #memoryOf: MemoryOf<BufferArray>;

  constructor(memoryOf: MemoryOf<BufferArray>) {
    this.#memoryOf = memoryOf;
  }

  float32(buffer: DeviceBuffer): Float32Array<ArrayBuffer> {
    return this.#memoryOf(buffer) as Float32Array<ArrayBuffer>;
  }

  uint32(buffer: DeviceBuffer): Uint32Array<ArrayBuffer> {
    return this.#memoryOf(buffer) as Uint32Array<ArrayBuffer>;
  }
}

/** Index of the first element of a block. */
export function blockOffset(block: Block): number {
  return block.row * block.buffer.cols + block.column;
}
