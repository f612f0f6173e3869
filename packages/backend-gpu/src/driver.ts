import { placementOf, type HostRows } from '@ttrec/backend';
import { boundKernels, type Driver, type KernelsOver } from '@ttrec/backend/driver';
import { updateCores } from '@ttrec/backend/kernels';
import type { KernelQueue } from './memory/kernel-queue.ts';
import { bagBackward, bagForward } from './kernels/bag.ts';
import { dotInteraction, dotInteractionBackward } from './kernels/dot-interaction.ts';
import { add, bceWithLogits, biasActivationBackward, copy, fill, multiply } from './kernels/elementwise.ts';
import { matmul } from './kernels/matmul.ts';
import { ttBackward, ttForward } from './kernels/tensor-train.ts';
import { regularize, sumOfSquares } from './kernels/regularize.ts';
import { update } from './kernels/update.ts';
import { limitsOf } from './limits.ts';
import { createMemory, type Memory } from './memory/memory.ts';

const implementations: KernelsOver<KernelQueue> = {
  matmul,
  biasActivationBackward,
  bagForward,
  bagBackward,
  ttForward,
  ttBackward(queue, args) {
    ttBackward(queue, args);
    updateCores(args, (each) => update(queue, each));
  },
  dotInteraction,
  dotInteractionBackward,
  bceWithLogits,
  update,
  regularize,
  sumOfSquares,
  fill,
  copy,
  multiply,
  add,
};

export function gpuDriver(
  queue: KernelQueue,
  setting: { readonly engine: string; readonly maxTotalBytes: number; readonly hostRows: HostRows },
): Driver<Memory> {
  const { maxBufferBytes, maxExtent } = limitsOf(queue.engine);
  const { hostRows, maxTotalBytes } = setting;
  return {
    name: 'gpu',
    capabilities: {
      engine: setting.engine,
      threads: 1,
      maxBufferBytes: Math.min(maxBufferBytes, maxTotalBytes),
      maxTotalBytes,
      maxExtent,
      hostRows,
    },
    allocate: (spec) => createMemory(spec, placementOf(spec.table, hostRows)),
    free: (memory) => {
      if (memory.kind === 'matrix') queue.free(memory);
    },
    write(memory, data, start) {
      if (memory.kind === 'positions') memory.values.set(data, start);
      else queue.write(memory, (data as Float32Array).slice(), start);
    },
    read: async (memory, start, length) =>
      memory.kind === 'positions' ? new Float32Array(0) : queue.read(memory, start, length),
    sync: () => queue.sync(),
    dispose: () => queue.dispose(),
    kernels: boundKernels(queue, implementations),
  };
}
