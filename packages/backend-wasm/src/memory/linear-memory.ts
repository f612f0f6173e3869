import { Allocator } from './allocator.ts';
import { error } from '../error.ts';

export const PAGE = 2 ** 16;
/** Kernels read whole vectors, up to 64 bytes past the last element. */
const GUARD = 128;
/** Memory grows by a quarter, but by no more than this at a time. */
const LARGEST_STEP = 2 ** 26;
const SMALLEST_STEP = 2 ** 20;

/** One WebAssembly memory, and who owns which part of it. */
export class LinearMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #maximum: number;
  readonly #allocator: Allocator;
  #workspace = { address: 0, bytes: 0 };

  /**
   * @param start the first address that is free
   * @param maximum bytes to which the memory may grow
   */
  constructor(memory: WebAssembly.Memory, start: number, maximum: number) {
    this.#memory = memory;
    this.#maximum = maximum;
    this.#allocator = new Allocator(start, (end) => this.#require(end + GUARD));
  }

  /** Bytes that the engine holds. Memory that is freed is given out again, but never back to the system. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * The address of `bytes` bytes, and how many of them, from there on, were in use before and are to be cleared: what was
   * never given out is zero already, and touching it would only make the system find pages for it.
   * Throws a RangeError when they cannot be had.
   */
  allocate(bytes: number): { readonly address: number; readonly used: number } {
    const touched = this.#allocator.end;
    const address = this.#allocator.allocate(bytes);
    return { address, used: Math.max(Math.min(bytes, touched - address), 0) };
  }

  /** Grows once by what `bytes` more bytes of buffers take, where the system has it. */
  reserve(bytes: number): void {
    try {
      this.#require(Math.min(this.#allocator.end + bytes + GUARD, this.#maximum));
    } catch {
      // The allocation reports it.
    }
  }

  free(address: number): void {
    this.#allocator.free(address);
  }

  /**
   * Working memory of at least `bytes` bytes, on a cache line, contents arbitrary. One piece, which every kernel uses for
   * the length of its call: it only grows, so that a steady stream of kernels allocates nothing.
   *
   * @throws `backend-wasm/out-of-memory`, with which reading the stream rejects
   */
  workspace(bytes: number): number {
    if (this.#workspace.bytes < bytes) {
      if (this.#workspace.bytes > 0) this.free(this.#workspace.address);
      this.#workspace = { address: 0, bytes: 0 };
      this.#workspace = { address: this.#allocateWorkspace(bytes), bytes };
    }
    return this.#workspace.address;
  }

  #allocateWorkspace(bytes: number): number {
    try {
      return this.#allocator.allocate(bytes);
    } catch (cause) {
      throw error('out-of-memory', {
        subject: 'working memory of a kernel',
        rule: 'must be what the engine has left beside the buffers',
        got: `${bytes} bytes`,
        hint: 'Use smaller batches or tables.',
        cause,
      });
    }
  }

  #require(end: number): void {
    const held = this.bytes;
    if (end <= held) return;
    if (end > this.#maximum) throw new RangeError(`${end} bytes are more than ${this.#maximum}`);
    const step = Math.min(Math.max(held / 4, SMALLEST_STEP), LARGEST_STEP);
    const wanted = Math.min(Math.max(end, held + step), this.#maximum);
    try {
      this.#memory.grow(pages(wanted - held));
    } catch {
      this.#memory.grow(pages(end - held));
    }
  }
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE);
}
