import type { Block, DeviceBuffer } from '../buffer.ts';
import { checkObject } from '@ttrec/core/options';
import { error } from '../error.ts';

/** A run of elements that a read takes from a buffer, and what it makes of them. */
export interface ReadRange {
  readonly buffer: DeviceBuffer;
  readonly start: number;
  readonly length: number;
  /** Drops what lies between the rows of a block. */
  readonly packed: (data: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;
}

/** @throws `backend/bad-read`, `backend/bad-range` */
export function readRange(source: DeviceBuffer | Block, start?: number, length?: number): ReadRange {
  checkObject(error, 'bad-read', 'read', source);
  if ('buffer' in source) return blockRange(source, start ?? length);
  const { rows, cols } = source;
  const first = start ?? 0;
  return { buffer: source, start: first, length: length ?? rows * cols - first, packed: (data) => data };
}

function blockRange(block: Block, range: number | undefined): ReadRange {
  const { buffer, row, column, rows, cols } = block;
  checkObject(error, 'bad-read', 'read, buffer', buffer);
  const subject = `read of a block of "${buffer.label}"`;
  if (range !== undefined)
    throw error('bad-read', { subject, rule: 'takes no start and no length', got: range });
  const whole = [row, column, rows, cols].every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (!whole || row + rows > buffer.rows || column + cols > buffer.cols) {
    throw error('bad-range', {
      subject,
      rule: `must stay within ${buffer.rows} x ${buffer.cols}`,
      got: `${rows} x ${cols} at ${row}, ${column}`,
    });
  }
  const length = rows === 0 || cols === 0 ? 0 : (rows - 1) * buffer.cols + cols;
  const start = row * buffer.cols + column;
  return { buffer, start, length, packed: (data) => packed(data, block) };
}

function packed(data: Float32Array<ArrayBuffer>, { buffer, rows, cols }: Block): Float32Array<ArrayBuffer> {
  if (data.length === rows * cols) return data;
  const out = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    out.set(data.subarray(i * buffer.cols, i * buffer.cols + cols), i * cols);
  }
  return out;
}
