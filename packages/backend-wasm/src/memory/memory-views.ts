/** Views of a whole WebAssembly memory that are current after it has grown, on whichever thread. */
export class MemoryViews {
  readonly #memory: WebAssembly.Memory;
  #float32: Float32Array;
  #uint32: Uint32Array;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#float32 = new Float32Array(memory.buffer);
    this.#uint32 = new Uint32Array(memory.buffer);
  }

  get float32(): Float32Array {
    if (this.#float32.buffer !== this.#memory.buffer) this.#float32 = new Float32Array(this.#memory.buffer);
    return this.#float32;
  }

  get uint32(): Uint32Array {
    if (this.#uint32.buffer !== this.#memory.buffer) this.#uint32 = new Uint32Array(this.#memory.buffer);
    return this.#uint32;
  }

  write(address: number, data: Float32Array | Uint32Array): void {
    if (data instanceof Float32Array) this.float32.set(data, address / 4);
    else this.uint32.set(data, address / 4);
  }

  read(address: number, length: number): Float32Array<ArrayBuffer> {
    const copy = new Float32Array(length);
    copy.set(this.float32.subarray(address / 4, address / 4 + length));
    return copy;
  }

  zero(address: number, bytes: number): void {
    this.uint32.fill(0, address / 4, Math.ceil((address + bytes) / 4));
  }
}
