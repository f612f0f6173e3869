import type { SumOfSquaresArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';

/** Summed in float64, row by row. */
export function createSumOfSquares(arrays: Arrays): (args: SumOfSquaresArgs) => void {
  return ({ a, out }) => {
    const from = arrays.float32(a.buffer);
    let sum = 0;
    for (let i = 0; i < a.rows; i++) {
      const start = blockOffset(a) + i * a.buffer.cols;
      for (let j = 0; j < a.cols; j++) sum += from[start + j]! * from[start + j]!;
    }
    arrays.float32(out.buffer)[blockOffset(out)] = sum;
  };
}
