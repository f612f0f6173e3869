import { createRegistry, type BackendRegistry, type HostRows, type Selection } from '@ttrec/backend';
import { cpuBackendFactory } from '@ttrec/backend-cpu';
import { GPU_HOST_ROWS, gpuBackendFactory } from '@ttrec/backend-gpu';
import { createWasmBackendFactory } from '@ttrec/backend-wasm';
import { error } from './error.ts';

/** How many threads compute; `auto`: as many as the engine and the machine have. */
export type Threads = number | 'auto';

/** One: more pay for large batches on processors that are free, which only the user knows. */
export const DEFAULT_THREADS = 1;

/** The engines that this command ships. */
export function engines(threads: Threads = DEFAULT_THREADS): BackendRegistry {
  return createRegistry([cpuBackendFactory, createWasmBackendFactory({ threads }), gpuBackendFactory]);
}

/**
 * `auto` takes the best that is available; a name takes that one or fails.
 *
 * @throws what `select` throws, and `trainer/no-threads` for a number of threads that the engine does not have
 */
export async function selectEngine(name: string, threads: Threads = DEFAULT_THREADS): Promise<Selection> {
  const selection = await engines(threads).select(name === 'auto' ? {} : { required: name });
  const { backend } = selection;
  if (threads === 'auto' || backend.capabilities.threads >= threads) return selection;
  await backend.dispose();
  throw error('no-threads', {
    subject: 'threads',
    rule: `must be 1 on the "${backend.name}" backend`,
    got: threads,
    hint: 'The "wasm" backend has threads.',
  });
}

/**
 * Which tables an engine keeps on the host, known without making it; undefined where all memory is the host's.
 * @throws `backend/unknown-backend`
 */
export function hostRowsOf(name: string): HostRows | undefined {
  return engines().get(name) === gpuBackendFactory ? GPU_HOST_ROWS : undefined;
}
