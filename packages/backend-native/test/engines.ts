import type { Backend } from '@ttrec/backend';
import { createNativeBackendFactory, createNativeBackend, type InstructionSet } from '@ttrec/backend-native';

const sets: readonly InstructionSet[] = ['avx512', 'avx2', 'neon'];

/** Every instruction set, for tests; one that cannot run here is skipped, and its name says why. */
export const engines = await Promise.all(
  sets.map(async (simd) => {
    const availability = await createNativeBackendFactory({ simd }).availability();
    return {
      simd,
      skip: !availability.available,
      name: `backend-native, ${simd}${availability.available ? '' : ` (skipped: ${availability.reason})`}`,
      create: (threads = 1): Promise<Backend> => createNativeBackend({ simd, threads }),
    };
  }),
);
