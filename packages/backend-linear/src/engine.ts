import type { Block, DeviceBuffer, Range } from '@ttrec/backend';
import type { MemoryOf } from '@ttrec/backend/driver';
import { aligned } from './allocator.ts';
import type { Argument, Call, Split } from './call.ts';
import type { LinearKernel, WorkspaceSizes } from './kernel-names.ts';
import { KeptOperands } from './kernels/kept-operands.ts';
import type { LinearMemory } from './linear-memory.ts';

/** Who runs kernels and writes memory, in the order of the calls. */
export interface KernelRunner {
  readonly threads: number;
  /** Whether its `ttBackwardBySlice` takes an update; false by default. */
  readonly updatesSlices?: boolean;
  run(call: Call): void;
  /** Copies `data` before it returns. */
  write(address: number, data: Float32Array | Uint32Array): void;
}

/** What a kernel family needs: where buffers lie, working memory, and who runs the kernels. */
export class Engine {
  readonly sizes: WorkspaceSizes;
  /** For tests: the least nanoseconds of work of a chunk with its own sums, however large these are. */
  readonly leastChunk: number | undefined;
  readonly memory: LinearMemory;
  readonly kept: KeptOperands = new KeptOperands(this);
  readonly #runner: KernelRunner;
  readonly #addressOf: MemoryOf<number>;

  constructor(parts: {
    readonly sizes: WorkspaceSizes;
    readonly memory: LinearMemory;
    readonly runner: KernelRunner;
    readonly addressOf: MemoryOf<number>;
    readonly leastChunk?: number | undefined;
  }) {
    this.sizes = parts.sizes;
    this.leastChunk = parts.leastChunk;
    this.memory = parts.memory;
    this.#runner = parts.runner;
    this.#addressOf = parts.addressOf;
  }

  get threads(): number {
    return this.#runner.threads;
  }

  get updatesSlices(): boolean | undefined {
    return this.#runner.updatesSlices;
  }

  /** Enqueues a kernel; with `split`, its parts may run on several threads. */
  run(kernel: LinearKernel, args: readonly Argument[], split?: Split): void {
    this.#runner.run(split === undefined ? { kernel, args } : { kernel, args, split });
  }

  /** An address that moves on by `step` bytes a unit. Where nothing is cut, a number. */
  perUnit(base: number, step: number): Argument {
    return this.threads === 1 ? base : { base, perUnit: step, perThread: 0, counts: false };
  }

  /** How many units there are. */
  countOf(units: number): Argument {
    return this.threads === 1 ? units : { base: units, perUnit: 0, perThread: 0, counts: true };
  }

  isAlive(buffer: DeviceBuffer): boolean {
    return (this.#addressOf(buffer) as number | undefined) !== undefined;
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

  /** Working memory of `bytes` for every thread, on separate pairs of cache lines. */
  workspace(bytes: number): Argument {
    return this.workspaceAndShared(bytes, 0).own;
  }

  /** The same, behind `shared` bytes for all of them together, which stay as they are until other working memory is asked for. */
  workspaceAndShared(bytes: number, shared: number): { readonly own: Argument; readonly shared: number } {
    const own = aligned(bytes);
    const before = aligned(shared);
    const address = this.memory.workspace(before + own * this.threads);
    const first = address + before;
    const isOne = this.threads === 1;
    return {
      own: isOne ? first : { base: first, perUnit: 0, perThread: own, counts: false },
      shared: address,
    };
  }

  /** Where the column blocks of features begin: working memory; or 0 for one feature, whose output begins there itself. */
  columns(columns: readonly number[]): number {
    return columns.length === 1 ? 0 : this.workspaceWith(columns);
  }

  /** Working memory that holds `numbers`, the same for all threads; its address. */
  workspaceWith(numbers: readonly number[]): number {
    const address = this.memory.workspace(4 * numbers.length);
    this.#runner.write(address, new Uint32Array(numbers));
    return address;
  }
}

/** Bytes from one row of a block to the next. */
export function strideOf(block: Block): number {
  return 4 * block.buffer.cols;
}
