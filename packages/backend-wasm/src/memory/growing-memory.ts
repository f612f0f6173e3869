import { LinearMemory } from '@ttrec/backend-linear';
import { error } from '../error.ts';

export const PAGE = 2 ** 16;
/** Kernels read whole vectors, up to 64 bytes past the last element. */
const GUARD = 128;
/** Memory grows by a quarter, but by no more than this at a time. */
const LARGEST_STEP = 2 ** 26;
const SMALLEST_STEP = 2 ** 20;

/** One WebAssembly memory that grows as it is given out. */
export class GrowingMemory extends LinearMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #maximum: number;

  /**
   * @param start the first address that is free
   * @param maximum bytes to which the memory may grow
   */
  constructor(memory: WebAssembly.Memory, start: number, maximum: number) {
    super({ start, extend: (end) => this.#require(end + GUARD), outOfWorkspace });
    this.#memory = memory;
    this.#maximum = maximum;
  }

  /** Grows once by what `bytes` more bytes of buffers take, where the system has it. */
  reserve(bytes: number): void {
    try {
      this.#require(Math.min(this.end + bytes + GUARD, this.#maximum));
    } catch {
      // The allocation reports it.
    }
  }

  #require(end: number): void {
    const held = this.#memory.buffer.byteLength;
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

function outOfWorkspace(bytes: number, cause: unknown): Error {
  return error('out-of-memory', {
    subject: 'working memory of a kernel',
    rule: 'must be what the engine has left beside the buffers',
    got: `${bytes} bytes`,
    hint: 'Use smaller batches or tables.',
    cause,
  });
}
