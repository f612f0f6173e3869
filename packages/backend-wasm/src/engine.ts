import type { Block, DeviceBuffer, MemoryOf, Range } from '@ttrec/backend';
import type { KernelExports } from './kernel-module.ts';
import type { LinearMemory } from './linear-memory.ts';

/** What a kernel family needs: the compiled kernels, their memory, and where buffers lie in it. */
export class Engine {
  readonly kernels: KernelExports;
  readonly memory: LinearMemory;
  readonly #addressOf: MemoryOf<number>;

  constructor(kernels: KernelExports, memory: LinearMemory, addressOf: MemoryOf<number>) {
    this.kernels = kernels;
    this.memory = memory;
    this.#addressOf = addressOf;
  }

  buffer(buffer: DeviceBuffer): number {
    return this.#addressOf(buffer);
  }

  /** The address of a block's first element. */
  block({ buffer, row, column }: Block): number {
    return this.#addressOf(buffer) + 4 * (row * buffer.cols + column);
  }

  /** The address of a range's first element; 0 for one that is absent. */
  range(range: Range | undefined): number {
    return range === undefined ? 0 : this.#addressOf(range.buffer) + 4 * range.start;
  }

  /** Working memory that starts with `numbers`; its address. */
  workspaceWith(numbers: readonly number[]): number {
    const address = this.memory.workspace(4 * numbers.length);
    this.memory.uint32.set(numbers, address / 4);
    return address;
  }
}

/** Bytes from one row of a block to the next. */
export function strideOf(block: Block): number {
  return 4 * block.buffer.cols;
}
