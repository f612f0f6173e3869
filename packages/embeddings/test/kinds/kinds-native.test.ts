import { createNativeBackend, nativeBackendFactory } from '@ttrec/backend-native';
import { kindSuite } from '@ttrec/testkit/kind';
import { describe, test } from 'vitest';
import { tables } from './tables.ts';

// On the best instruction set alone: the others return the same bits, as the tests of backend-native check.
const found = await nativeBackendFactory.availability();
kindSuite({
  name: `every kind, on native${found.available ? '' : ` (skipped: ${found.reason})`}`,
  tables,
  create: createNativeBackend,
  describe: found.available ? describe : describe.skip,
  test,
});
