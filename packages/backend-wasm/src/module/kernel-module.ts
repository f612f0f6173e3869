import { error } from '../error.ts';
import type { WasmKernels } from './wasm-kernels.ts';

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

/** The bytes of each build. */
export type Sources = Readonly<Record<Build, () => Uint8Array<ArrayBuffer>>>;

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** False where an engine has none, or a page's policy took it away. */
export function hasWebAssembly(): boolean {
  const { WebAssembly } = globalThis as Partial<typeof globalThis>;
  return WebAssembly !== undefined;
}

/** Whether this engine runs a module. */
export function isValid(source: () => Uint8Array<ArrayBuffer>): boolean {
  return hasWebAssembly() && WebAssembly.validate(source());
}

/** A module, compiled once a process. @param key differs between modules */
export function compiledOnce(
  key: string,
  source: () => Uint8Array<ArrayBuffer>,
): Promise<WebAssembly.Module> {
  let module = compiled.get(key);
  if (module === undefined) {
    module = WebAssembly.compile(source()).catch((cause: unknown) => {
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
