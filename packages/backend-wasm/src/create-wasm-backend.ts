import { checkChoice, checkOptions, type OptionRules } from '@ttrec/core';
import type { Backend, BackendFactory } from '@ttrec/backend';
import { boundKernels, defineBackend, type Driver, type MemoryOf } from '@ttrec/backend/driver';
import { Engine, linearImplementations } from '@ttrec/backend-linear';
import { error } from './error.ts';
import { hasWebAssembly, supports, type Build } from './module/kernel-module.ts';
import { GrowingMemory, PAGE } from './memory/growing-memory.ts';
import { ADDRESS_SPACE, defaultLimit, RESERVED } from './memory/memory-limit.ts';
import { startMachine, type Machine, type MachineOptions } from './start-machine.ts';
import { MOST_THREADS } from './threads/environment.ts';

export interface WasmBackendOptions {
  /**
   * `relaxed` rounds a multiply-add once where the processor can (faster; last bits differ between kinds of processors),
   * `strict` twice (the same bits everywhere), `auto` (the default) is relaxed where the engine has it, else strict.
   */
  readonly simd?: 'auto' | Build;
  /** All buffers together, in bytes. By default what the machine has left, and at most what 32-bit addresses reach. */
  readonly maxTotalBytes?: number;
  /**
   * Threads that compute, the calling one among them; results do not depend on how many. A number (1 by default) is had
   * or is an error; `auto` takes what the machine has, at most 64, or one where that cannot be, and
   * the reason is in `capabilities.threadsReason`.
   */
  readonly threads?: number | 'auto';
  /** Where a page hosts `@ttrec/backend-wasm/worker`, for policies that refuse workers made of a Blob. Node needs none. */
  readonly workerUrl?: string;
}

const simdChoices = ['auto', 'strict', 'relaxed'] as const;

const optionRules: OptionRules<WasmBackendOptions> = {
  simd: simdChoices,
  maxTotalBytes: 'any',
  threads: 'any',
  workerUrl: 'string',
};

const engines: Readonly<Record<Build, string>> = {
  strict: 'WebAssembly SIMD, strict',
  relaxed: 'WebAssembly SIMD, relaxed (fused multiply-add)',
};

/**
 * The SIMD backend, over one WebAssembly memory that each backend made owns. Kernels run where they are called, together
 * with the other threads if there are any; on the main thread of a page, which may not wait, several threads are led by a
 * worker. `capabilities` has the build that runs and the number of threads.
 *
 * @throws `backend-wasm/unknown-option`, `backend-wasm/bad-option`, `backend-wasm/unavailable` (what was asked for does not run here)
 */
export function createWasmBackend(options: WasmBackendOptions = {}): Promise<Backend> {
  return createForced(options);
}

/** The same, with threads used in a manner that tests choose: everything cut, however small; led by a worker. */
export async function createForced(
  options: WasmBackendOptions,
  forced: MachineOptions['forced'] = {},
): Promise<Backend> {
  checkOptions(error, 'createWasmBackend', options, optionRules);
  const maxTotalBytes = checkedLimit(options.maxTotalBytes ?? defaultLimit());
  const build = checkedBuild(options.simd ?? 'auto');
  const threads = checkedThreads(options.threads ?? 1);
  const maximum = Math.min(Math.ceil((maxTotalBytes + RESERVED) / PAGE) * PAGE, ADDRESS_SPACE);
  const machine = await startMachine({ build, maximum, threads, workerUrl: options.workerUrl, forced });
  const memory = new GrowingMemory(machine.memory, machine.kernels.heapBase(), maximum);
  return defineBackend<number>((addressOf) => {
    return driverOf({
      machine,
      memory,
      addressOf,
      engine: engines[build],
      maxTotalBytes,
      leastChunk: forced.leastChunk,
    });
  });
}

/** For a registry: priority 10, available where WebAssembly has SIMD. */
export const wasmBackendFactory: BackendFactory = createWasmBackendFactory();

/** As `wasmBackendFactory`, with options. */
export function createWasmBackendFactory(options: WasmBackendOptions = {}): BackendFactory {
  checkOptions(error, 'createWasmBackendFactory', options, optionRules);
  return {
    name: 'wasm',
    priority: 10,
    async availability() {
      const build = bestBuild();
      return build === undefined
        ? { available: false, reason: whyNone() }
        : { available: true, engine: engines[build] };
    },
    create: () => createWasmBackend(options),
  };
}

function driverOf(parts: {
  readonly machine: Machine;
  readonly memory: GrowingMemory;
  readonly addressOf: MemoryOf<number>;
  readonly engine: string;
  readonly maxTotalBytes: number;
  readonly leastChunk: number | undefined;
}): Driver<number> {
  const { machine, memory, addressOf, engine, maxTotalBytes, leastChunk } = parts;
  const { executor, kernels, threadsReason } = machine;
  const access = new Engine({ sizes: kernels, memory, runner: executor, addressOf, leastChunk });
  return {
    name: 'wasm',
    capabilities: {
      engine,
      threads: executor.threads,
      ...(threadsReason === undefined ? {} : { threadsReason }),
      maxBufferBytes: maxTotalBytes,
      maxTotalBytes,
      maxExtent: 2 ** 30,
    },
    reserve: (bytes) => memory.reserve(bytes),
    allocate({ rows, cols }) {
      const { address, used } = memory.allocate(4 * rows * cols);
      if (used > 0) executor.zero(address, used);
      return address;
    },
    free: (address) => memory.free(address),
    write: (address, data, start) => executor.write(address + 4 * start, data),
    read: (address, start, length) => executor.read(address + 4 * start, length),
    ...(executor.readSync && {
      readSync: (address, start, length) => executor.readSync!(address + 4 * start, length),
      allFinite: (address, start, length) => kernels.allFinite(address + 4 * start, length) === 1,
    }),
    sync: () => executor.sync(),
    dispose: () => executor.dispose(),
    kernels: boundKernels(access, linearImplementations),
  };
}

function bestBuild(): Build | undefined {
  return (['relaxed', 'strict'] as const).find(supports);
}

function whyNone(): string {
  return hasWebAssembly() ? 'this engine’s WebAssembly has no SIMD' : 'there is no WebAssembly here';
}

/** The build that is asked for, if it runs here. */
export function checkedBuild(simd: 'auto' | Build): Build {
  checkChoice(error, 'bad-option', 'simd', simd, simdChoices);
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

function checkedThreads(threads: number | 'auto'): number | 'auto' {
  if (threads === 'auto' || (Number.isSafeInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    return threads;
  }
  const rule = `must be "auto" or an integer from 1 to ${MOST_THREADS}`;
  throw error('bad-option', { subject: 'threads', rule, got: threads });
}
