import { createGpuBackend } from '@ttrec/backend-gpu';
import { conformanceSuite } from '@ttrec/testkit/backend';
import { describe, expect, test } from 'vitest';

describe.each(['webasm', 'cpu'] as const)('gpu.js mode %s', (mode) => {
  conformanceSuite({
    name: `backend-gpu, mode ${mode}`,
    create: async () => {
      const backend = await createGpuBackend({ mode });
      expect(backend.capabilities.engine).toContain(`mode ${mode}`);
      return backend;
    },
    describe,
    test,
  });
});
