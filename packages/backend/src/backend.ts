import type { Block, BufferSpec, DeviceBuffer } from './buffer.ts';
import type { HostRoutines } from './host-routines.ts';
import type { Kernels } from './kernels/kernel-definitions.ts';
import type { HostRows } from './placement.ts';

/** What a backend is and can hold. */
export interface Capabilities {
  /** What computes, as the engine reports it: `plain TypeScript, float64 accumulators`. */
  readonly engine: string;
  readonly threads: number;
  /** Why there are fewer threads than were asked for; absent where there are as many. */
  readonly threadsReason?: string;
  /** Largest single buffer, in bytes. */
  readonly maxBufferBytes: number;
  /** All buffers together, in bytes. */
  readonly maxTotalBytes: number;
  /** Largest row or column index + 1 of a buffer. */
  readonly maxExtent: number;
  /** Absent on engines whose buffers are all in one place. */
  readonly hostRows?: HostRows;
}

export interface MemoryReport {
  readonly buffers: number;
  readonly bytes: number;
  readonly peakBytes: number;
}

/**
 * A stream of kernels over buffers that it owns.
 *
 * Creating, writing and the kernels are enqueued in order and return at once; the arrays handed to `write` may be reused
 * as soon as it returns. Only `read` and `sync` are awaited, and the first error of the stream surfaces there. Wrong
 * arguments (shapes, disposed or foreign buffers) throw at once, with the same codes on every backend.
 * A kernel writes its outputs and nothing else: the rest of an output's buffer stays as it was.
 * Outputs may not overlap inputs except where a kernel says `in place`. The same stream gives the same bits every time.
 */
export interface Backend extends Kernels, AsyncDisposable {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Absent on engines that do no better than plain TypeScript. */
  readonly host?: HostRoutines | undefined;
  /**
   * Announces buffers of `bytes` in all, so that an engine whose memory grows can make room for them at once. A hint: it never
   * throws for lack of memory; creating the buffers does.
   */
  reserve(bytes: number): void;
  /** A zeroed buffer. Throws `backend/bad-buffer`, `backend/out-of-memory` or `backend/disposed`. */
  createBuffer(spec: BufferSpec): DeviceBuffer;
  /** Whether a buffer is alive and of this backend. */
  owns(buffer: DeviceBuffer): boolean;
  /** Overwrites elements `start … start + data.length - 1` (row-major; 0 by default). */
  write(buffer: DeviceBuffer, data: Float32Array | Uint32Array, start?: number): void;
  /**
   * A block [rows, cols], or elements `start … start + length - 1` of a float32 buffer (all by default), after everything
   * enqueued before; a fresh array. Positions are the host's own: a uint32 buffer is written and never read.
   */
  read(source: DeviceBuffer | Block, start?: number, length?: number): Promise<Float32Array<ArrayBuffer>>;
  /**
   * Elements of a float32 buffer from `start` (0 by default) into an array of the caller, all of it, at once: for what is read at every step.
   * Absent on engines that cannot look before what is enqueued has run. Throws the stream's first error.
   */
  readInto?(out: Float32Array, buffer: DeviceBuffer, start?: number): void;
  /** As `read`, at once. Absent on the same engines. Throws the stream's first error. */
  readSync?(source: DeviceBuffer | Block, start?: number, length?: number): Float32Array<ArrayBuffer>;
  /**
   * Whether elements `start … start + length - 1` of a float32 buffer (all by default) are finite, without waiting. Absent on
   * engines that cannot look before what is enqueued has run. Throws the stream's first error.
   */
  allFinite?(buffer: DeviceBuffer, start?: number, length?: number): boolean;
  /** Resolves when everything enqueued before is done; rejects with the stream's first error. */
  sync(): Promise<void>;
  memory(): MemoryReport;
  /** Frees every buffer and the engine. Again is allowed; anything else afterwards throws `backend/disposed`. */
  dispose(): Promise<void>;
}
