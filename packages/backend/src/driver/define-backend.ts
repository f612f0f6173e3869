import type { Backend } from '../backend.ts';
import { backendOf, type Driver, type MemoryOf } from './backend-of.ts';
import { checkKernel } from './check-kernel.ts';
import { looks } from './looks.ts';

/**
 * Makes a backend of a driver: ownership, leak accounting, argument checks and the order of errors, once for all engines.
 *
 * @param makeDriver is called once, with the function that leads from a buffer to the driver's memory
 */
export function defineBackend<M>(makeDriver: (memoryOf: MemoryOf<M>) => Driver<M>): Backend {
  return backendOf(makeDriver, checkKernel, looks);
}
