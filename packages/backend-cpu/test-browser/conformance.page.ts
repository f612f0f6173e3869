import { createCpuBackend } from '@ttrec/backend-cpu';
import { conformanceCases } from '@ttrec/testkit/backend';

/** Runs one case of the suite in the page; rejects with what does not hold. */
export async function runCase(name: string): Promise<void> {
  const found = conformanceCases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no conformance case "${name}"`);
  const backend = createCpuBackend();
  try {
    await found.run(backend);
  } finally {
    await backend.dispose();
  }
}
