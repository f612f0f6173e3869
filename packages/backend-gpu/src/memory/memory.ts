import type { BufferSpec } from '@ttrec/backend';
import type { DeviceMatrix } from './device-matrices.ts';

/** A float32 buffer that kernels read and write. */
export interface MatrixMemory extends DeviceMatrix {
  readonly kind: 'matrix';
}

/** A uint32 buffer. It stays on the host, where kernels' inputs are prepared from it. */
export interface PositionMemory {
  readonly kind: 'positions';
  readonly values: Uint32Array;
}

/** A float32 buffer that is kept on the host, where its rows are gathered and updated. */
export interface RowMemory {
  readonly kind: 'rows';
  readonly cols: number;
  readonly values: Float32Array<ArrayBuffer>;
}

export type Memory = MatrixMemory | PositionMemory | RowMemory;

export function createMemory({ dtype, rows, cols }: BufferSpec, placement: 'device' | 'host'): Memory {
  if (dtype === 'uint32') return { kind: 'positions', values: new Uint32Array(rows * cols) };
  if (placement === 'host') return { kind: 'rows', cols, values: new Float32Array(rows * cols) };
  return { kind: 'matrix', rows, cols };
}
