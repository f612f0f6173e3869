import { conformanceSuite } from '@ttrec/testkit/backend';
import { describe, test } from 'vitest';
import { builds } from './builds.ts';

// On two threads, and cut so that they matter, in threads.test.ts.
for (const { name, create, skip } of builds) {
  conformanceSuite({ name, create, describe: skip ? describe.skip : describe, test });
}
