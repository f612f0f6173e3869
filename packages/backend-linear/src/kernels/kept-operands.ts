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

/** Memory for a copy. */
interface Copy {
  readonly address: number;
  /** Of the operand whose copy it holds; undefined where it holds none yet. */
  version?: number;
}

interface Known {
  /** Of the operand when it was last met. */
  readonly version: number;
  panels?: Copy | undefined;
  columns?: Copy | undefined;
}

/**
 * Copies of matrices that stay as they are from product to product: the weights of a model that scores. Products with few rows would
 * spend their time rearranging them. A matrix is copied when it is met the second time unchanged, so that training copies none.
 */
export class KeptOperands {
  readonly #engine: Access;
  readonly #known = new Map<DeviceBuffer, Known>();

  constructor(engine: Access) {
    this.#engine = engine;
  }

  /**
   * The copy of a whole buffer: its transpose, rows `stride` bytes apart, or `panelBytes` bytes of panels, which the product has to fill
   * where `fills`. Undefined where there is none.
   */
  of(
    b: Block,
    panelBytes: number,
  ): { readonly address: number; readonly stride: number; readonly fills: boolean } | undefined {
    const { buffer, rows, cols } = b;
    const { version } = buffer;
    if (rows !== buffer.rows || cols !== buffer.cols) return undefined;
    const known = this.#known.get(buffer);
    if (known?.version !== version) {
      this.#known.set(buffer, { ...known, version });
      return undefined;
    }
    const stride = 16 * Math.ceil(rows / 4);
    const copy = (known[panelBytes > 0 ? 'panels' : 'columns'] ??= this.#allocate(
      panelBytes || stride * cols,
    ));
    if (copy === undefined) return undefined;
    const { address } = copy;
    const fills = copy.version !== version;
    copy.version = version;
    if (fills && panelBytes === 0) this.#transpose(b, address, stride);
    return { address, stride, fills };
  }

  #transpose(b: Block, to: number, stride: number): void {
    const from = this.#engine.block(b);
    for (let column = 0; column < b.cols; column++) {
      const args = [from + 4 * column, 4 * b.buffer.cols, to + stride * column, 4, b.rows, 1];
      this.#engine.run('copyRows', args);
    }
  }

  /** Frees the copies of buffers that are gone. Products do without a copy that memory has no room for. */
  #allocate(bytes: number): Copy | undefined {
    const { memory } = this.#engine;
    for (const [buffer, { panels, columns }] of this.#known) {
      if (this.#engine.isAlive(buffer)) continue;
      this.#known.delete(buffer);
      if (panels) memory.free(panels.address);
      if (columns) memory.free(columns.address);
    }
    try {
      return { address: memory.allocate(bytes).address };
    } catch (thrown) {
      if (thrown instanceof RangeError) return undefined;
      throw thrown;
    }
  }
}
