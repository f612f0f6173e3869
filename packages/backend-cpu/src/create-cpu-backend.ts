import type { Backend, BackendFactory } from '@ttrec/backend';
import { defineBackend } from '@ttrec/backend/driver';
import { errorsOf } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import type { BufferArray } from './arrays.ts';
import { availableBytes } from './memory-limit.ts';
import { referenceKernels } from './reference-kernels.ts';

export interface CpuBackendOptions {
  /** All buffers together, in bytes: a positive integer. By default what the process could still allocate when the backend is made. */
  readonly maxTotalBytes?: number;
}

const error = errorsOf('backend-cpu');
const ENGINE = 'plain TypeScript, float64 accumulators';
/** Longest typed array that every supported engine can make and whose positions fit the kernels' uint32 offsets. */
const MAX_ELEMENTS = 2 ** 31;

/**
 * The reference backend: kernels run where they are called, on one thread. Each one made owns its buffers.
 *
 * @throws `backend-cpu/unknown-option`, `backend-cpu/bad-option`
 */
export function createCpuBackend(options: CpuBackendOptions = {}): Backend {
  checkOptions(error, 'createCpuBackend', options, { maxTotalBytes: 'any' });
  const maxTotalBytes = options.maxTotalBytes ?? availableBytes();
  if (!Number.isSafeInteger(maxTotalBytes) || maxTotalBytes < 1) {
    const rule = 'must be a positive integer of bytes';
    throw error('bad-option', { subject: 'maxTotalBytes', rule, got: maxTotalBytes });
  }
  return defineBackend<BufferArray>((memoryOf) => ({
    name: 'cpu',
    capabilities: {
      engine: ENGINE,
      threads: 1,
      maxBufferBytes: Math.min(4 * MAX_ELEMENTS, maxTotalBytes),
      maxTotalBytes,
      maxExtent: MAX_ELEMENTS,
    },
    allocate: ({ dtype, rows, cols }) =>
      dtype === 'float32' ? new Float32Array(rows * cols) : new Uint32Array(rows * cols),
    free: () => undefined,
    write: (memory, data, start) => memory.set(data, start),
    read: async (memory, start, length) => (memory as Float32Array<ArrayBuffer>).slice(start, start + length),
    readInto: (out, memory, start) => out.set(memory.subarray(start, start + out.length)),
    sync: async () => undefined,
    dispose: async () => undefined,
    kernels: referenceKernels(memoryOf),
  }));
}

/** For a registry: always available, priority 0. */
export const cpuBackendFactory: BackendFactory = {
  name: 'cpu',
  priority: 0,
  availability: async () => ({ available: true, engine: ENGINE }),
  create: async () => createCpuBackend(),
};
