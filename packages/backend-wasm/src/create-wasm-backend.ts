import {
  defineBackend,
  kernelNames,
  type Backend,
  type BackendFactory,
  type Driver,
  type KernelArgs,
  type KernelName,
  type Kernels,
  type MemoryOf,
} from '@ttrec/backend';
import { bagBackward, bagForward } from './bag.ts';
import { dotInteraction, dotInteractionBackward } from './dot-interaction.ts';
import { bceWithLogits, copy, fill, multiply, update } from './elementwise.ts';
import { Engine } from './engine.ts';
import { error } from './error.ts';
import { instantiate, supports, type Build, type KernelExports } from './kernel-module.ts';
import { LinearMemory, PAGE } from './linear-memory.ts';
import { biasActivationBackward, matmul } from './matmul.ts';
import { ADDRESS_SPACE, defaultLimit, RESERVED } from './memory-limit.ts';
import { ttBackward, ttForward } from './tensor-train.ts';
import { webAssembly, type WasmMemory } from './webassembly.ts';

export interface WasmBackendOptions {
  /**
   * `relaxed` rounds a multiply-add once where the processor can (faster; last bits differ between kinds of processors),
   * `strict` twice (the same bits everywhere), `auto` (the default) is relaxed where the engine has it, else strict.
   */
  readonly simd?: 'auto' | Build;
  /** All buffers together, in bytes. By default what the machine has left, and at most what 32-bit addresses reach. */
  readonly maxTotalBytes?: number;
}

const engines: Readonly<Record<Build, string>> = {
  strict: 'WebAssembly SIMD, strict',
  relaxed: 'WebAssembly SIMD, relaxed (fused multiply-add)',
};

const implementations: { [Name in KernelName]: (engine: Engine, args: KernelArgs[Name]) => void } = {
  matmul,
  biasActivationBackward,
  bagForward,
  bagBackward,
  ttForward,
  ttBackward,
  dotInteraction,
  dotInteractionBackward,
  bceWithLogits,
  update,
  fill,
  copy,
  multiply,
};

/**
 * The SIMD backend: kernels run where they are called, on one thread, over one WebAssembly memory that each backend made
 * owns. `capabilities.engine` says which build runs.
 *
 * @throws `backend-wasm/bad-option`, `backend-wasm/unavailable` (what was asked for does not run here)
 */
export async function createWasmBackend(options: WasmBackendOptions = {}): Promise<Backend> {
  const maxTotalBytes = checkedLimit(options.maxTotalBytes ?? defaultLimit());
  const build = checkedBuild(options.simd ?? 'auto');
  const maximum = Math.min(Math.ceil((maxTotalBytes + RESERVED) / PAGE) * PAGE, ADDRESS_SPACE);
  const memory = createMemory(maximum);
  const kernels = await instantiate(build, memory);
  const linear = new LinearMemory(memory, kernels.heapBase(), maximum);
  return defineBackend<number>((addressOf) => {
    return driverOf({ kernels, linear, addressOf, engine: engines[build], maxTotalBytes });
  });
}

/** For a registry: priority 10, available where WebAssembly has SIMD. */
export const wasmBackendFactory: BackendFactory = {
  name: 'wasm',
  priority: 10,
  async availability() {
    const build = bestBuild();
    return build === undefined
      ? { available: false, reason: whyNone() }
      : { available: true, engine: engines[build] };
  },
  create: () => createWasmBackend(),
};

function driverOf(parts: {
  readonly kernels: KernelExports;
  readonly linear: LinearMemory;
  readonly addressOf: MemoryOf<number>;
  readonly engine: string;
  readonly maxTotalBytes: number;
}): Driver<number> {
  const { kernels, linear, addressOf, engine, maxTotalBytes } = parts;
  const access = new Engine(kernels, linear, addressOf);
  const bound = kernelNames.map((name) => [
    name,
    (args: never) => (implementations[name] as (engine: Engine, args: never) => void)(access, args),
  ]);
  return {
    name: 'wasm',
    capabilities: {
      engine,
      threads: 1,
      maxBufferBytes: maxTotalBytes,
      maxTotalBytes,
      maxExtent: 2 ** 30,
    },
    allocate: ({ rows, cols }) => linear.allocate(4 * rows * cols),
    free: (address) => linear.free(address),
    write: (address, data, start) =>
      (data instanceof Float32Array ? linear.float32 : linear.uint32).set(data, address / 4 + start),
    read: async (address, start, length) =>
      linear.float32.slice(address / 4 + start, address / 4 + start + length),
    sync: async () => undefined,
    dispose: async () => undefined,
    kernels: Object.fromEntries(bound) as Kernels,
  };
}

function bestBuild(): Build | undefined {
  return (['relaxed', 'strict'] as const).find(supports);
}

function whyNone(): string {
  return webAssembly() === undefined
    ? 'there is no WebAssembly here'
    : 'this engine’s WebAssembly has no SIMD';
}

/** The build that is asked for, if it runs here. */
export function checkedBuild(simd: 'auto' | Build): Build {
  const choices: readonly string[] = ['auto', 'strict', 'relaxed'];
  if (!choices.includes(simd)) {
    throw error('bad-option', {
      subject: 'simd',
      rule: `must be one of ${choices.join(', ')}`,
      got: simd,
    });
  }
  const build = simd === 'auto' ? bestBuild() : simd;
  if (build !== undefined && supports(build)) return build;
  const hint = supports('strict') ? 'Choose "auto" or "strict".' : `Use another backend: ${whyNone()}.`;
  throw error('unavailable', { subject: 'simd', rule: 'must be what this engine runs', got: simd, hint });
}

function checkedLimit(maxTotalBytes: number): number {
  if (Number.isSafeInteger(maxTotalBytes) && maxTotalBytes >= 1) {
    return Math.min(maxTotalBytes, ADDRESS_SPACE - RESERVED);
  }
  const rule = 'must be a positive integer of bytes';
  throw error('bad-option', { subject: 'maxTotalBytes', rule, got: maxTotalBytes });
}

/** A WebAssembly memory that may grow to `maximum` bytes. */
export function createMemory(maximum: number): WasmMemory {
  const Memory = webAssembly()!.Memory;
  try {
    return new Memory({ initial: 1, maximum: maximum / PAGE });
  } catch (cause) {
    throw error('unavailable', {
      subject: 'memory',
      rule: `must be an address range of ${maximum} bytes`,
      hint: 'Choose a smaller maxTotalBytes.',
      cause,
    });
  }
}
