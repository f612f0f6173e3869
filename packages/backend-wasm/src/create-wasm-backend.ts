import { checkOptions, type OptionRules } from '@ttrec/core/options';
import type { Backend, BackendFactory } from '@ttrec/backend';
import { defineBackend } from '@ttrec/backend/driver';
import { linearImplementations } from '@ttrec/backend-linear';
import { error } from './error.ts';
import { allKernels } from './module/builds.ts';
import { bestBuild, checkedBuild, engines, simdChoices, whyNone } from './module/choose-build.ts';
import type { Build } from './module/kernel-module.ts';
import { GrowingMemory } from './memory/growing-memory.ts';
import { checkedLimit, defaultLimit, maximumOf } from './memory/memory-limit.ts';
import { startMachine, type MachineOptions } from './start-machine.ts';
import { MOST_THREADS } from './threads/environment.ts';
import { driverOf } from './wasm-driver.ts';

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

const optionRules: OptionRules<WasmBackendOptions> = {
  simd: simdChoices,
  maxTotalBytes: 'any',
  threads: 'any',
  workerUrl: 'string',
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
  const build = checkedBuild(allKernels, options.simd ?? 'auto');
  const threads = checkedThreads(options.threads ?? 1);
  const maximum = maximumOf(maxTotalBytes);
  const machine = await startMachine({ build, maximum, threads, workerUrl: options.workerUrl, forced });
  const memory = new GrowingMemory(machine.memory, machine.kernels.heapBase(), maximum);
  const { kernels, executor } = machine;
  return defineBackend<number>((addressOf) => ({
    ...driverOf({
      machine,
      memory,
      addressOf,
      engine: engines[build],
      maxTotalBytes,
      leastChunk: forced.leastChunk,
      implementations: linearImplementations,
    }),
    // Not of the driver, for engines that only score have no use for it.
    ...(executor.readInto && {
      allFinite: (address, start, length) => kernels.allFinite(address + 4 * start, length) === 1,
    }),
  }));
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
      const build = bestBuild(allKernels);
      return build === undefined
        ? { available: false, reason: whyNone() }
        : { available: true, engine: engines[build] };
    },
    create: () => createWasmBackend(options),
  };
}

function checkedThreads(threads: number | 'auto'): number | 'auto' {
  if (threads === 'auto' || (Number.isSafeInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    return threads;
  }
  const rule = `must be "auto" or an integer from 1 to ${MOST_THREADS}`;
  throw error('bad-option', { subject: 'threads', rule, got: threads });
}
