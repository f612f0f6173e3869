import type { CopyArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../../arrays.ts';

export function createCopy(arrays: Arrays): (args: CopyArgs) => void {
  return ({ from, to }) => {
    const source = arrays.float32(from.buffer);
    const target = arrays.float32(to.buffer);
    for (let i = 0; i < to.rows; i++) {
      const read = blockOffset(from) + i * from.buffer.cols;
      const write = blockOffset(to) + i * to.buffer.cols;
      for (let j = 0; j < to.cols; j++) target[write + j] = source[read + j]!;
    }
  };
}
