import type { RegularizeArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';

/** Steps are counted modulo what float32 holds exactly. */
const STEPS = 2 ** 24;

export function createRegularize(arrays: Arrays): (args: RegularizeArgs) => void {
  return (args) => {
    const { weights, gradients, rows, learningRate, l2 = 0, weightDecay = 0, lastStep, clip } = args;
    const positions = rows && arrays.uint32(rows.buffer);
    const w = arrays.float32(weights);
    const g = arrays.float32(gradients.buffer);
    const last = lastStep && arrays.float32(lastStep);
    const now = (args.step ?? 0) % STEPS;
    const scale = clip ? clipScale(arrays, clip) : 1;
    const kept = 1 - learningRate * weightDecay;
    for (let i = 0; i < gradients.rows; i++) {
      const row = positions === undefined ? i : positions[rows!.start + i]!;
      const steps = last === undefined ? 1 : (now - last[row]! + STEPS) % STEPS;
      if (last !== undefined) last[row] = now;
      const pull = Math.min(l2 * steps, 1 / learningRate);
      const [at, from] = [row * weights.cols, blockOffset(gradients) + i * gradients.buffer.cols];
      for (let j = 0; j < weights.cols; j++) {
        if (clip) g[from + j]! *= scale;
        if (l2 !== 0) g[from + j]! += pull * w[at + j]!;
        if (weightDecay !== 0) w[at + j]! *= kept;
      }
    }
  };
}

function clipScale(arrays: Arrays, { squares, norm }: NonNullable<RegularizeArgs['clip']>): number {
  const parts = arrays.float32(squares.buffer);
  let sum = 0;
  for (let i = 0; i < squares.cols; i++) sum += parts[blockOffset(squares) + i]!;
  return Math.min(1, norm / (Math.sqrt(sum) + 1e-6));
}
