import type * as fs from 'node:fs';
import type * as os from 'node:os';
import type * as url from 'node:url';

interface NodeModules {
  readonly 'node:fs': typeof fs;
  readonly 'node:os': typeof os;
  readonly 'node:url': typeof url;
}

/** A module of Node; undefined elsewhere. Not imported, so that bundles for browsers may hold this package. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.(name) as NodeModules[Name] | undefined;
}
