import { makeKernels, type Driver, type KernelsOver, type MemoryOf } from '@ttrec/backend/driver';
import { Engine } from '@ttrec/backend-linear';
import { error } from './error.ts';
import type { GrowingMemory } from './memory/growing-memory.ts';
import type { Machine } from './start-machine.ts';

/** The driver over one WebAssembly memory. */
export function driverOf(parts: {
  readonly machine: Omit<Machine, 'memory'>;
  readonly memory: GrowingMemory;
  readonly addressOf: MemoryOf<number>;
  readonly engine: string;
  readonly maxTotalBytes: number;
  readonly leastChunk?: number | undefined;
  /** Kernels that are left out fail with `backend-wasm/scoring-only`. */
  readonly implementations: Partial<KernelsOver<Engine>>;
}): Driver<number> {
  const { machine, memory, addressOf, engine, maxTotalBytes, leastChunk, implementations } = parts;
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
    ...(executor.readInto && {
      readInto: (out: Float32Array, address: number, start: number) =>
        executor.readInto!(out, address + 4 * start),
    }),
    sync: () => executor.sync(),
    dispose: () => executor.dispose(),
    kernels: makeKernels((name) => {
      const run = implementations[name];
      return run ? (args) => run(access, args) : refused(name);
    }),
  };
}

function refused(name: string): () => never {
  return () => {
    throw error('scoring-only', {
      subject: `kernel "${name}"`,
      rule: 'must not be needed by an engine that only scores',
      hint: 'Train on createWasmBackend.',
    });
  };
}
