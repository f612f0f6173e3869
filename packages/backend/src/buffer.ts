/** Element type of a buffer: numbers are float32, ids and positions uint32. */
export type DType = 'float32' | 'uint32';

export interface BufferSpec {
  readonly dtype: DType;
  readonly rows: number;
  readonly cols: number;
  /** Shown in errors, leak reports and recordings: `table/C3/core1`. */
  readonly label: string;
  /**
   * The shape of the table whose rows, or the optimizer state of whose rows, this buffer holds: a promise that only
   * `bagForward` (as `rows`), `update`, `regularize` (as `weights` and their state), `write` and `read` reach it. An engine may then keep it
   * where memory is plenty (`placementOf`).
   */
  readonly table?: TableShape;
}

export interface TableShape {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Memory owned by one backend: a row-major matrix of `rows x cols` elements, zero when created.
 *
 * Two-dimensional, so that a table of 10^8 elements needs no index past 2^24 on engines whose only number is float32.
 */
export interface DeviceBuffer extends BufferSpec {
  /** Increases with every `write` and every kernel that writes the buffer: what is computed from it is out of date then. */
  readonly version: number;
  /** Frees the memory. Kernels enqueued before still see it; using it afterwards throws `backend/disposed`. */
  dispose(): void;
}

/** A rectangle of a float32 buffer. Its row stride is `buffer.cols`. */
export interface Block {
  readonly buffer: DeviceBuffer;
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly cols: number;
}

/** A run of elements of a buffer in row-major order: uint32 positions, or float32 weights of lookups. */
export interface Range {
  readonly buffer: DeviceBuffer;
  readonly start: number;
  readonly length: number;
}

/** The whole buffer as a block, or its first `rows` rows. */
export function wholeBlock(buffer: DeviceBuffer, rows = buffer.rows): Block {
  return { buffer, row: 0, column: 0, rows, cols: buffer.cols };
}

/** The columns `column … column + cols - 1` of the first `rows` rows. */
export function columnBlock(buffer: DeviceBuffer, column: number, cols: number, rows = buffer.rows): Block {
  return { buffer, row: 0, column, rows, cols };
}
