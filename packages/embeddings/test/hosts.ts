import type { Backend } from '@ttrec/backend';
import { createNativeBackend, nativeBackendFactory } from '@ttrec/backend-native';

/** Who groups positions, for `describe.each`: plain TypeScript, and native code where it loads; its name says why if it does not. */
export const hosts: readonly (readonly [name: string, by: Pick<Backend, 'host'>])[] = [
  ['in plain TypeScript', {}],
  ...(await nativeHosts()),
];

async function nativeHosts(): Promise<typeof hosts> {
  const found = await nativeBackendFactory.availability();
  if (!found.available) return [[`in plain TypeScript again (skipped native: ${found.reason})`, {}]];
  // Its routines need neither its memory nor its threads.
  await using backend = await createNativeBackend();
  return [['natively', { host: backend.host }]];
}
