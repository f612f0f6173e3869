import type { MultiplyArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../../arrays.ts';

export function createMultiply(arrays: Arrays): (args: MultiplyArgs) => void {
  return ({ a, b, out }) => {
    const left = arrays.float32(a.buffer);
    const right = arrays.float32(b.buffer);
    const to = arrays.float32(out.buffer);
    for (let i = 0; i < out.rows; i++) {
      const readA = blockOffset(a) + i * a.buffer.cols;
      const readB = blockOffset(b) + i * b.buffer.cols;
      const write = blockOffset(out) + i * out.buffer.cols;
      for (let j = 0; j < out.cols; j++) to[write + j] = left[readA + j]! * right[readB + j]!;
    }
  };
}
