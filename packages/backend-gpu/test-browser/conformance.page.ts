import { createGpuBackend, type GpuMode } from '@ttrec/backend-gpu';
import { conformanceCases } from '@ttrec/testkit/backend';

/** Runs one case of the suite in one mode, on software if need be; says what computed. */
export async function runCase(name: string, mode: GpuMode): Promise<string> {
  const found = conformanceCases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no conformance case "${name}"`);
  const backend = await createGpuBackend({ mode, software: true });
  try {
    await found.run(backend);
    return backend.capabilities.engine;
  } finally {
    await backend.dispose();
  }
}
