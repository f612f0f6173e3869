import type { Block, DeviceBuffer } from '@ttrec/backend';
import type { Argument } from '../call.ts';
import type { LinearKernel } from '../kernel-names.ts';
import type { LinearMemory } from '../linear-memory.ts';

/** What is used of an engine. */
interface Access {
  readonly memory: LinearMemory;
  isAlive(buffer: DeviceBuffer): boolean;
  block(block: Block): number;
  run(kernel: LinearKernel, args: readonly Argument[]): void;
}

interface Known {
  /** Of the operand when it was last met. */
  version: number;
  /** Where its transpose is, or where there is room for one. */
  address?: number | undefined;
  /** Whether the transpose is that of `version`. */
  isCurrent: boolean;
}

/**
 * Transposes of matrices that stay as they are from product to product: the weights of a model that scores. Products with few rows would
 * spend their time rearranging them. A matrix is copied when it is met the second time unchanged, so that training copies none.
 */
export class TransposedOperands {
  readonly #engine: Access;
  readonly #known = new Map<DeviceBuffer, Known>();

  constructor(engine: Access) {
    this.#engine = engine;
  }

  /** The transpose of a whole buffer, its rows `stride` bytes apart; undefined where there is none. */
  of(b: Block): { readonly address: number; readonly stride: number } | undefined {
    const { buffer } = b;
    if (b.rows !== buffer.rows || b.cols !== buffer.cols) return undefined;
    const known = this.#known.get(buffer);
    if (known?.version !== buffer.version) {
      this.#known.set(buffer, { ...known, version: buffer.version, isCurrent: false });
      return undefined;
    }
    const stride = 16 * Math.ceil(b.rows / 4);
    if (!known.isCurrent) {
      known.address ??= this.#allocate(stride * b.cols);
      if (known.address === undefined) return undefined;
      this.#transpose(b, known.address, stride);
      known.isCurrent = true;
    }
    return { address: known.address!, stride };
  }

  #transpose(b: Block, to: number, stride: number): void {
    const from = this.#engine.block(b);
    for (let column = 0; column < b.cols; column++) {
      const args = [from + 4 * column, 4 * b.buffer.cols, to + stride * column, 4, b.rows, 1];
      this.#engine.run('copyRows', args);
    }
  }

  /** Frees the transposes of buffers that are gone. Products do without a transpose that memory has no room for. */
  #allocate(bytes: number): number | undefined {
    for (const [buffer, { address }] of this.#known) {
      if (this.#engine.isAlive(buffer)) continue;
      this.#known.delete(buffer);
      if (address !== undefined) this.#engine.memory.free(address);
    }
    try {
      return this.#engine.memory.allocate(bytes).address;
    } catch (thrown) {
      if (thrown instanceof RangeError) return undefined;
      throw thrown;
    }
  }
}
