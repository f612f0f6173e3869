import type { Backend } from '@ttrec/backend';
import { defineBackend, makeKernels, type Driver } from '@ttrec/backend/driver';

/** A backend of a driver that keeps arrays and whose kernels do nothing, save what a test puts in. */
export function createPlainBackend(change: Partial<Driver<Float32Array<ArrayBuffer>>> = {}): Backend {
  return defineBackend<Float32Array<ArrayBuffer>>(() => ({
    name: 'plain',
    capabilities: {
      engine: 'none',
      threads: 1,
      maxBufferBytes: 4000,
      maxTotalBytes: 6000,
      maxExtent: 500,
    },
    allocate: ({ rows, cols }) => new Float32Array(rows * cols),
    free: () => undefined,
    write: (memory, data, start) => memory.set(data, start),
    read: async (memory, start, length) => memory.slice(start, start + length),
    sync: async () => undefined,
    dispose: async () => undefined,
    kernels: doNothing,
    ...change,
  }));
}

export const doNothing = makeKernels(() => () => undefined);
