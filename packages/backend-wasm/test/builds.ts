import type { Backend } from '@ttrec/backend';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { supports } from '../src/module/builds.ts';

const simds = ['strict', 'relaxed'] as const;

/** Both builds, for tests; one that this engine does not run is skipped, and its name says so. */
export const builds = simds.map((simd) => {
  const skip = !supports(simd);
  return {
    simd,
    skip,
    name: `backend-wasm, ${simd}${skip ? ' (skipped: WebAssembly.validate refuses it here)' : ''}`,
    create: (threads = 1): Promise<Backend> => createWasmBackend({ simd, threads }),
  };
});
