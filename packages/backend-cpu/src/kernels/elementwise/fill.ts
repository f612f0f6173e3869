import type { FillArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../../arrays.ts';

export function createFill(arrays: Arrays): (args: FillArgs) => void {
  return ({ out, value }) => {
    const to = arrays.float32(out.buffer);
    for (let i = 0; i < out.rows; i++) {
      const start = blockOffset(out) + i * out.buffer.cols;
      to.fill(value, start, start + out.cols);
    }
  };
}
