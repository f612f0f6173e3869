import { createNativeBackend, createNativeBackendFactory, nativeBackendFactory } from '@ttrec/backend-native';
import { kindSuite } from '@ttrec/testkit/kind';
import { describe, test } from 'vitest';
import { tables } from './tables.ts';

const ofOtherKernels = [
  'dense',
  'tt of 3 cores, unequal ranks',
  'hash, 2 weighted probes, to tt',
  'low-rank',
  'quotient and remainder, product',
];

// Every kind on the best instruction set. The others return the same bits, as the tests of backend-native check. AVX2, which most
// processors have, runs a few kinds that use different kernels.
const suites = [
  { on: 'native', factory: nativeBackendFactory, create: createNativeBackend, tables },
  {
    on: 'native AVX2',
    factory: createNativeBackendFactory({ simd: 'avx2' }),
    create: () => createNativeBackend({ simd: 'avx2' }),
    tables: tables.filter(({ name }) => ofOtherKernels.includes(name)),
  },
];

for (const { on, factory, ...suite } of suites) {
  const found = await factory.availability();
  kindSuite({
    ...suite,
    name: `every kind, on ${on}${found.available ? '' : ` (skipped: ${found.reason})`}`,
    describe: found.available ? describe : describe.skip,
    test,
  });
}
