import { checkOptions } from '@ttrec/core/options';
import type { Backend } from '@ttrec/backend';
import { defineUncheckedBackend } from '@ttrec/backend/driver';
import { scoringImplementations } from '@ttrec/backend-linear';
import { error } from './error.ts';
import { executeHere } from './executor.ts';
import { checkedBuild, engines, simdChoices } from './module/choose-build.ts';
import { compiledOnce, instantiate, type Build } from './module/kernel-module.ts';
import { scoringKernels } from './module/scoring-kernels.ts';
import { createMemory } from './memory/create-memory.ts';
import { GrowingMemory } from './memory/growing-memory.ts';
import { checkedLimit, defaultLimit, maximumOf } from './memory/memory-limit.ts';
import { MemoryViews } from './memory/memory-views.ts';
import { runWhole } from './threads/call.ts';
import { driverOf } from './wasm-driver.ts';

export interface ScoringBackendOptions {
  /** As for `createWasmBackend`. */
  readonly simd?: 'auto' | Build;
  /** All buffers together, in bytes. By default what the machine has left, and at most what 32-bit addresses reach. */
  readonly maxTotalBytes?: number;
}

/**
 * The kernels of `createWasmBackend` that scoring needs, on the calling thread, with the same bits: a third of the code, for pages. The
 * others fail with `backend-wasm/scoring-only` when the stream is read.
 *
 * @throws `backend-wasm/unknown-option`, `backend-wasm/bad-option`, `backend-wasm/unavailable`
 */
export async function createScoringBackend(options: ScoringBackendOptions = {}): Promise<Backend> {
  checkOptions(error, 'createScoringBackend', options, { simd: simdChoices, maxTotalBytes: 'any' });
  const maxTotalBytes = checkedLimit(options.maxTotalBytes ?? defaultLimit());
  const sources = await scoringKernels();
  const build = checkedBuild(sources, options.simd ?? 'auto');
  const maximum = maximumOf(maxTotalBytes);
  const memory = createMemory(maximum);
  const kernels = await instantiate(await compiledOnce(`scoring ${build}`, sources[build]), memory);
  const alone = { threads: 1, run: runWhole.bind(undefined, kernels) };
  const executor = executeHere(alone, new MemoryViews(memory));
  const growing = new GrowingMemory(memory, kernels.heapBase(), maximum);
  return defineUncheckedBackend<number>((addressOf) =>
    driverOf({
      machine: { kernels, executor },
      memory: growing,
      addressOf,
      engine: engines[build],
      maxTotalBytes,
      implementations: scoringImplementations,
    }),
  );
}
