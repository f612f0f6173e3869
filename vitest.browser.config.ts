import { defineConfig } from 'vitest/config';

/** The tests that need a browser: `npm run test:browser`. `npm test` needs none and runs none of them. */
export default defineConfig({
  resolve: { conditions: ['@ttrec/source'] },
  ssr: { resolve: { conditions: ['@ttrec/source', 'node', 'import', 'default'] } },
  test: {
    include: ['{packages,apps,tools}/*/test-browser/**/*.test.ts'],
    // Each file starts a browser, and a software GPU takes every core that it finds.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
