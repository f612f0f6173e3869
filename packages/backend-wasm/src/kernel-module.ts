import { relaxed } from './generated/relaxed.ts';
import { strict } from './generated/strict.ts';
import { bytesOf, webAssembly, type WasmMemory, type WasmModule } from './webassembly.ts';

/** The two builds of the kernels: they differ in whether a multiply-add is rounded twice or once. */
export type Build = 'strict' | 'relaxed';

/** What assembly/index.ts exports. Addresses and strides are in bytes, extents in elements; flags are 0 or 1. */
export type KernelExports = { readonly [Name in VoidKernel]: (...args: readonly number[]) => void } & {
  readonly [Name in NumberKernel]: (...args: readonly number[]) => number;
};

type VoidKernel =
  | 'matmul'
  | 'biasActivationBackward'
  | 'bagForward'
  | 'bagBackward'
  | 'ttFirstLevel'
  | 'ttForwardByNode'
  | 'ttForwardBySlice'
  | 'ttBackwardByNode'
  | 'ttBackwardBySlice'
  | 'ttFirstGradients'
  | 'dotInteraction'
  | 'dotInteractionBackward'
  | 'bceWithLogits'
  | 'sgd'
  | 'adagrad'
  | 'rowwiseAdagrad'
  | 'fill'
  | 'copyRows'
  | 'multiply';

type NumberKernel =
  'heapBase' | 'matmulWorkspace' | 'bySliceWorkspace' | 'byNodeWorkspace' | 'dotInteractionWorkspace';

const sources: Readonly<Record<Build, string>> = { strict, relaxed };
const compiled = new Map<Build, Promise<WasmModule>>();

/** Whether this engine runs a build. */
export function supports(build: Build): boolean {
  return webAssembly()?.validate(bytesOf(sources[build])) ?? false;
}

/** A new instance over `memory`; the code is compiled once a process. */
export async function instantiate(build: Build, memory: WasmMemory): Promise<KernelExports> {
  const engine = webAssembly()!;
  let module = compiled.get(build);
  if (module === undefined) compiled.set(build, (module = engine.compile(bytesOf(sources[build]))));
  const { exports } = await engine.instantiate(await module, { env: { memory } });
  return exports as KernelExports;
}
