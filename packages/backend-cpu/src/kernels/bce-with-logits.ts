import type { BceWithLogitsArgs } from '@ttrec/backend/kernels';
import { blockOffset, type Arrays } from '../arrays.ts';

export function createBceWithLogits(arrays: Arrays): (args: BceWithLogitsArgs) => void {
  return ({ logits, labels, losses, gradLogits, scale }) => {
    const logit = arrays.float32(logits.buffer);
    const label = arrays.float32(labels.buffer);
    const loss = arrays.float32(losses.buffer);
    const gradient = arrays.float32(gradLogits.buffer);
    for (let i = 0; i < logits.rows; i++) {
      const z = logit[blockOffset(logits) + i * logits.buffer.cols]!;
      const y = label[blockOffset(labels) + i * labels.buffer.cols]!;
      // exp(-|z|) is at most 1, so that nothing overflows.
      const decay = Math.exp(-Math.abs(z));
      const sigmoid = z >= 0 ? 1 / (1 + decay) : decay / (1 + decay);
      loss[blockOffset(losses) + i * losses.buffer.cols] = Math.max(z, 0) - z * y + Math.log1p(decay);
      gradient[blockOffset(gradLogits) + i * gradLogits.buffer.cols] = scale * (sigmoid - y);
    }
  };
}
