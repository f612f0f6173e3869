import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@ttrec/source'] },
  ssr: { resolve: { conditions: ['@ttrec/source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tools/*/test/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
