import type * as fs from 'node:fs';
import type * as os from 'node:os';
import type * as path from 'node:path';
import type * as stream from 'node:stream';
import type * as util from 'node:util';
import type * as threads from 'node:worker_threads';
import type * as zlib from 'node:zlib';

interface NodeModules {
  'node:fs': typeof fs;
  'node:os': typeof os;
  'node:path': typeof path;
  'node:stream': typeof stream;
  'node:util': typeof util;
  'node:zlib': typeof zlib;
  'node:worker_threads': typeof threads;
}

/** A module of Node; undefined elsewhere. It is looked up at run time, so that bundlers for browsers have nothing to resolve. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  return process?.getBuiltinModule?.(name) as NodeModules[Name] | undefined;
}
