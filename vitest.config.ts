import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@ttrec/source'] },
  ssr: { resolve: { conditions: ['@ttrec/source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tools/*/test/**/*.test.ts'],
    globalSetup: ['tools/test-support/src/temporary-files.ts'],
    setupFiles: ['tools/test-support/src/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The default leaves a core to the main process, which needs little of it: half of a small machine.
    maxWorkers: '100%',
  },
});
