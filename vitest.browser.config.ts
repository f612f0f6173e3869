import { defineConfig } from 'vitest/config';

/** The tests that need a browser: `npm run test:browser`. */
export default defineConfig({
  resolve: { conditions: ['@ttrec/source'] },
  ssr: { resolve: { conditions: ['@ttrec/source', 'node', 'import', 'default'] } },
  test: {
    include: ['{packages,apps,tools}/*/test-browser/**/*.test.ts'],
    globalSetup: ['tools/test-support/src/temporary-files.ts'],
    // Each file starts a browser, whose software GPU uses all cores for a moment and then waits: two together keep two cores busy.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
