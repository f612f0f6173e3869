import { wholeBlock, type Backend, type Block, type DeviceBuffer } from '@ttrec/backend';

/** The matrices of a step, [B, cols] each, kept from step to step and replaced only when a larger batch comes. */
export class Activations {
  readonly #backend: Backend;
  readonly #buffers = new Map<string, DeviceBuffer>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The first `rows` rows of the matrix of that name. It holds whatever was left there. */
  get(name: string, rows: number, cols: number): Block {
    const found = this.#buffers.get(name);
    if (found && found.rows >= rows && found.cols === cols) return wholeBlock(found, rows);
    found?.dispose();
    const buffer = this.#backend.createBuffer({ dtype: 'float32', rows, cols, label: name });
    this.#buffers.set(name, buffer);
    return wholeBlock(buffer);
  }

  dispose(): void {
    for (const buffer of this.#buffers.values()) buffer.dispose();
    this.#buffers.clear();
  }
}
