import { error } from '../error.ts';
import { bytesOf } from './bytes-of.ts';
import { relaxed } from '../generated/relaxed.ts';
import { strict } from '../generated/strict.ts';
import type { WasmKernels } from './wasm-kernels.ts';
import { withSharedMemory } from './shared-import.ts';

/** The two builds of the kernels: they differ in whether a multiply-add is rounded twice or once. */
export type Build = 'strict' | 'relaxed';

/** What assembly/index.ts exports: the kernels, and how much working memory they need. */
export type KernelExports = WasmKernels & {
  readonly [Name in NumberFunction]: (...args: readonly number[]) => number;
};

type NumberFunction =
  | 'allFinite'
  | 'heapBase'
  | 'matmulWorkspace'
  | 'bySliceWorkspace'
  | 'byNodeWorkspace'
  | 'byNodeSums'
  | 'dotInteractionWorkspace';

const sources: Readonly<Record<Build, string>> = { strict, relaxed };
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** False where an engine has none, or a page's policy took it away. */
export function hasWebAssembly(): boolean {
  const { WebAssembly } = globalThis as Partial<typeof globalThis>;
  return WebAssembly !== undefined;
}

/** Whether this engine runs a build. */
export function supports(build: Build): boolean {
  return hasWebAssembly() && WebAssembly.validate(bytesOf(sources[build]));
}

/** The kernels for a shared memory, or for one of a single thread; compiled once a process. */
export function compiledModule(build: Build, shared: boolean): Promise<WebAssembly.Module> {
  const key = `${build} ${shared ? 'shared' : ''}`;
  let module = compiled.get(key);
  if (module === undefined) {
    const bytes = bytesOf(sources[build]);
    module = WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes).catch((cause: unknown) => {
      compiled.delete(key);
      throw notCompiled(cause);
    });
    compiled.set(key, module);
  }
  return module;
}

/** The bytes were found valid before: what is left is a policy, or memory. */
function notCompiled(cause: unknown): Error {
  return error('unavailable', {
    subject: 'WebAssembly',
    rule: 'must compile',
    got: (cause as Error).message,
    hint: "Under a content security policy, allow 'wasm-unsafe-eval' in script-src.",
    cause,
  });
}

/** A new instance over `memory`. */
export async function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<KernelExports> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as KernelExports;
}
