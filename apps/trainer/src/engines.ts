import { createRegistry, type BackendRegistry, type Selection } from '@ttrec/backend';
import { cpuBackendFactory } from '@ttrec/backend-cpu';
import { wasmBackendFactory } from '@ttrec/backend-wasm';

/** The engines that this command ships. */
export function engines(): BackendRegistry {
  return createRegistry([cpuBackendFactory, wasmBackendFactory]);
}

/** `auto` takes the best that is available; a name takes that one or fails. */
export function selectEngine(name: string): Promise<Selection> {
  return engines().select(name === 'auto' ? {} : { required: name });
}
