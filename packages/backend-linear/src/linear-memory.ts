import { Allocator } from './allocator.ts';

/** One range of addresses, and who owns which part of it. */
export class LinearMemory {
  readonly #allocator: Allocator;
  readonly #outOfWorkspace: (bytes: number, cause: unknown) => Error;
  #workspace = { address: 0, bytes: 0 };

  constructor(parts: {
    /** The first address that is free. */
    readonly start: number;
    /** Makes memory usable up to an address; throws a RangeError if it cannot. */
    readonly extend: (end: number) => void;
    /** The error of a kernel for which there is no working memory. */
    readonly outOfWorkspace: (bytes: number, cause: unknown) => Error;
  }) {
    this.#allocator = new Allocator(parts.start, parts.extend);
    this.#outOfWorkspace = parts.outOfWorkspace;
  }

  /** The address after everything that was ever given out. */
  get end(): number {
    return this.#allocator.end;
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

  free(address: number): void {
    this.#allocator.free(address);
  }

  /**
   * Working memory of at least `bytes` bytes, on a pair of cache lines, contents arbitrary. One piece, which every kernel uses for
   * the length of its call: it only grows, so that a steady stream of kernels allocates nothing.
   *
   * @throws what `outOfWorkspace` makes, with which reading the stream rejects
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
      return this.allocate(bytes).address;
    } catch (cause) {
      throw this.#outOfWorkspace(bytes, cause);
    }
  }
}
