import { conformanceSuite } from '@ttrec/testkit/backend';
import { describe, test } from 'vitest';
import { engines } from './engines.ts';

// On several threads, and cut so that they matter, in threads.test.ts.
for (const { name, create, skip } of engines) {
  conformanceSuite({ name, create, describe: skip ? describe.skip : describe, test });
}
