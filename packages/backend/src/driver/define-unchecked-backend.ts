import type { Backend } from '../backend.ts';
import { backendOf, type Driver, type MemoryOf } from './backend-of.ts';

/**
 * As `defineBackend`, without the checks of shapes and blocks, for engines that only models call, and whose code is to be small. Buffers are
 * checked when they are made, written and read.
 */
export function defineUncheckedBackend<M>(makeDriver: (memoryOf: MemoryOf<M>) => Driver<M>): Backend {
  return backendOf(makeDriver, () => undefined);
}
