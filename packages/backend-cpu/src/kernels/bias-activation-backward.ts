import type { BiasActivationBackwardArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';
import { Scratch } from '../scratch.ts';

export function createBiasActivationBackward(arrays: Arrays): (args: BiasActivationBackwardArgs) => void {
  const scratch = new Scratch((length) => new Float64Array(length));

  return ({ output, gradient, gradBias, activation }) => {
    const { rows, cols } = gradient;
    const y = arrays.float32(output.buffer);
    const g = arrays.float32(gradient.buffer);
    const sums = scratch.reserve(cols).fill(0);
    for (let i = 0; i < rows; i++) {
      const fromY = blockOffset(output) + i * output.buffer.cols;
      const fromG = blockOffset(gradient) + i * gradient.buffer.cols;
      for (let j = 0; j < cols; j++) {
        // `<= 0` and not `!(> 0)`: the gradient of a NaN stays, so that it is seen.
        if (activation === 'relu' && y[fromY + j]! <= 0) g[fromG + j] = 0;
        sums[j]! += g[fromG + j]!;
      }
    }
    const bias = arrays.float32(gradBias.buffer);
    const to = blockOffset(gradBias);
    for (let j = 0; j < cols; j++) bias[to + j] = sums[j]!;
  };
}
