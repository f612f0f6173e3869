import { relaxed } from '../generated/relaxed.ts';
import { strict } from '../generated/strict.ts';
import { bytesOf } from './bytes-of.ts';
import { compiledOnce, isValid, type Build, type Sources } from './kernel-module.ts';
import { withSharedMemory } from './shared-import.ts';

/** All kernels. */
export const allKernels: Sources = { strict: () => bytesOf(strict), relaxed: () => bytesOf(relaxed) };

/** Whether this engine runs a build. */
export function supports(build: Build): boolean {
  return isValid(allKernels[build]);
}

/** The kernels for a shared memory, or for one of a single thread. */
export function compiledModule(build: Build, shared: boolean): Promise<WebAssembly.Module> {
  const source = allKernels[build];
  return shared
    ? compiledOnce(`${build} shared`, () => withSharedMemory(source()))
    : compiledOnce(build, source);
}
