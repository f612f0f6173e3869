import { createRegistry, type BackendRegistry, type HostRows, type Selection } from '@ttrec/backend';
import { cpuBackendFactory } from '@ttrec/backend-cpu';
import { GPU_HOST_ROWS, gpuBackendFactory } from '@ttrec/backend-gpu';
import { wasmBackendFactory } from '@ttrec/backend-wasm';

/** The engines that this command ships. */
export function engines(): BackendRegistry {
  return createRegistry([cpuBackendFactory, wasmBackendFactory, gpuBackendFactory]);
}

/** `auto` takes the best that is available; a name takes that one or fails. */
export function selectEngine(name: string): Promise<Selection> {
  return engines().select(name === 'auto' ? {} : { required: name });
}

/**
 * Which tables an engine keeps on the host, known without making it; undefined where all memory is the host's.
 * @throws `backend/unknown-backend`
 */
export function hostRowsOf(name: string): HostRows | undefined {
  return engines().get(name) === gpuBackendFactory ? GPU_HOST_ROWS : undefined;
}
