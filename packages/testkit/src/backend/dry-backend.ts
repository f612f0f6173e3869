import type { Backend } from '@ttrec/backend';
import { defineBackend, makeKernels } from '@ttrec/backend/driver';
import { error } from '../error.ts';

const LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * A backend that checks every call and computes nothing: its buffers have a shape and no memory, so that a table of
 * ten million rows costs an object. Reading from it rejects with `testkit/dry-read`.
 */
export function createDryBackend(): Backend {
  return defineBackend<string>(() => ({
    name: 'dry',
    capabilities: {
      engine: 'none: calls are checked, nothing is computed',
      threads: 0,
      maxBufferBytes: LIMIT,
      maxTotalBytes: LIMIT,
      maxExtent: 2 ** 32,
    },
    allocate: ({ label }) => label,
    free: () => undefined,
    write: () => undefined,
    async read(label) {
      throw error('dry-read', {
        subject: `read of "${label}"`,
        rule: 'the dry backend holds no numbers',
        hint: 'Record over a backend that computes: recordingBackend(createCpuBackend()).',
      });
    },
    sync: async () => undefined,
    dispose: async () => undefined,
    kernels: makeKernels(() => () => undefined),
  }));
}
