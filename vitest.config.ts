import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const tests = globSync('{packages,apps,tools}/*/test/**/*.test.ts').map((file) => file.replaceAll('\\', '/'));
/** Tests that replace globals or modules, or measure the memory of their process, have a process of their own. */
const alone = tests.filter((file) =>
  /vi\.(mock|stub|resetModules|useFakeTimers)|memoryUsage|allocated\.ts|defineProperty\(process/.test(
    readFileSync(file, 'utf8'),
  ),
);

export default defineConfig({
  resolve: { conditions: ['@ttrec/source'] },
  ssr: { resolve: { conditions: ['@ttrec/source', 'node', 'import', 'default'] } },
  test: {
    globalSetup: ['tools/test-support/src/temporary-files.ts'],
    setupFiles: ['tools/test-support/src/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The default leaves a core to the main process, which needs little of it: half of a small machine.
    maxWorkers: '100%',
    projects: [
      // Loading the sources anew for each file took a fifth of the time.
      {
        extends: true,
        test: { name: 'shared', include: tests.filter((file) => !alone.includes(file)), isolate: false },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
});
