import type { Block, DeviceBuffer, Range } from '@ttrec/backend';
import type { MemoryOf } from '@ttrec/backend/driver';
import type { DeviceMatrix, DeviceMatrices } from './device-matrices.ts';
import type { Argument, Engine } from '../engine.ts';
import { error } from '../error.ts';
import { HostMatrix } from './host-matrix.ts';
import type { KernelSource } from '../kernels/kernel-source.ts';
import type { MatrixMemory, Memory, PositionMemory, RowMemory } from './memory.ts';
import { Stream } from './stream.ts';

/** What a launch takes: a buffer or a result as the stream finds it, numbers of the host, a scalar. */
export type LaunchArgument = DeviceMatrix | HostMatrix | number;

/** Every index in a kernel is a float32 number: whole numbers are exact below this. */
const EXACT = 2 ** 24;

/**
 * The queue that the contract's kernels write to. What they enqueue sees buffers as the stream finds them; positions they
 * read at once, as the host has them now.
 */
export class KernelQueue {
  readonly stream = new Stream();
  readonly engine: Engine;
  readonly matrices: DeviceMatrices;
  readonly #memoryOf: MemoryOf<Memory>;

  constructor(parts: {
    readonly engine: Engine;
    readonly matrices: DeviceMatrices;
    readonly memoryOf: MemoryOf<Memory>;
  }) {
    this.engine = parts.engine;
    this.matrices = parts.matrices;
    this.#memoryOf = parts.memoryOf;
  }

  /** The memory of a float32 buffer, wherever it lies. */
  numbers(buffer: DeviceBuffer): MatrixMemory | RowMemory {
    return this.#memoryOf(buffer) as MatrixMemory | RowMemory;
  }

  /** @throws `backend-gpu/on-host` where the buffer is kept on the host */
  matrix(buffer: DeviceBuffer): MatrixMemory {
    const memory = this.numbers(buffer);
    if (memory.kind === 'matrix') return memory;
    throw error('on-host', {
      subject: `buffer "${buffer.label}"`,
      rule: 'is kept on the host, where only bags and updates reach its rows',
      hint: 'Raise hostRows.aboveBytes and hostRows.aboveRows, or make the buffer without "table".',
    });
  }

  /** The positions of a range, as they are now. Not to be kept: the buffer may be written before the stream is there. */
  positions({ buffer, start, length }: Range): Uint32Array {
    const { values } = this.#memoryOf(buffer) as PositionMemory;
    return values.subarray(start, start + length);
  }

  /** The same for use as indices in kernels. @throws `backend-gpu/index-too-large` at 2^24 and above */
  indices(range: Range): Uint32Array {
    const positions = this.positions(range);
    const found = range.length > EXACT ? range.length : positions.find((position) => position >= EXACT);
    if (found === undefined) return positions;
    throw error('index-too-large', {
      subject: `positions in "${range.buffer.label}"`,
      rule: `must be below ${EXACT}: gpu.js indexes with float32 numbers`,
      got: found,
      hint: 'Use smaller batches, or the wasm or cpu backend.',
    });
  }

  /** Enqueues a kernel that computes a [rows, cols] matrix. Nothing is launched for an empty one. */
  launch(
    source: KernelSource,
    [rows, cols]: readonly [rows: number, cols: number],
    args: readonly LaunchArgument[],
  ): DeviceMatrix {
    const result: DeviceMatrix = { rows, cols };
    if (rows === 0 || cols === 0) return result;
    this.stream.enqueue(async () => {
      const settled: Argument[] = [];
      for (const argument of args) {
        const isMatrix = typeof argument === 'object' && !(argument instanceof HostMatrix);
        settled.push(isMatrix ? await this.matrices.matrixIn(argument) : argument);
      }
      result.value = await this.engine.launch(source, [rows, cols], settled);
    });
    return result;
  }

  /** Enqueues: the block becomes what a launch has computed, from its row `row` on; the last rows use the result up. */
  store(block: Block, from: DeviceMatrix, row = 0): void {
    const target = this.matrix(block.buffer);
    this.stream.enqueue(async () => {
      if (from.value === undefined || block.rows === 0) return;
      if (block.rows === target.rows && block.cols === target.cols && from.rows === target.rows) {
        this.matrices.replace(target, from.value);
        delete from.value;
        return;
      }
      await this.matrices.paste(target, block, await this.matrices.matrixIn(from), [row, 0]);
      if (row + block.rows === from.rows) this.matrices.drop(from);
    });
  }

  /** Enqueues: the block becomes a copy of another one. */
  copy(to: Block, from: Block): void {
    const target = this.matrix(to.buffer);
    const source = this.matrix(from.buffer);
    if (to.rows === 0 || to.cols === 0) return;
    this.stream.enqueue(async () => {
      await this.matrices.paste(target, to, await this.matrices.matrixIn(source), [from.row, from.column]);
    });
  }

  /** Enqueues: elements from `start` on become `data`, which is kept. */
  write(memory: MatrixMemory | RowMemory, data: Float32Array<ArrayBuffer>, start: number): void {
    this.stream.enqueue(async () => {
      if (memory.kind === 'rows') memory.values.set(data, start);
      else await this.matrices.write(memory, data, start);
    });
  }

  /** Resolves with elements, a fresh array, when the stream is there. */
  async read(
    memory: MatrixMemory | RowMemory,
    start: number,
    length: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    let data = new Float32Array(0);
    this.stream.enqueue(async () => {
      data =
        memory.kind === 'rows'
          ? memory.values.slice(start, start + length)
          : await this.matrices.read(memory, start, length);
    });
    await this.stream.settled();
    return data;
  }

  /** Enqueues the end of a buffer; where the stream has ended with a failure, it is freed at once. */
  free(memory: MatrixMemory): void {
    if (this.stream.hasFailed) this.matrices.drop(memory);
    else this.stream.enqueue(async () => this.matrices.drop(memory));
  }

  async sync(): Promise<void> {
    this.stream.enqueue(() => this.engine.sync());
    await this.stream.settled();
  }

  async dispose(): Promise<void> {
    // Readers have seen the failure; what remains is to free the engine.
    await this.stream.settled().catch(() => undefined);
    await this.engine.dispose();
  }
}
