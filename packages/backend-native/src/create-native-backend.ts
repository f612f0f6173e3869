import { checkOptions, type OptionRules } from '@ttrec/core/options';
import { availableMemory, type Backend, type BackendFactory } from '@ttrec/backend';
import {
  boundKernels,
  defineBackend,
  type Driver,
  type HostRoutines,
  type MemoryOf,
} from '@ttrec/backend/driver';
import { Engine, linearImplementations } from '@ttrec/backend-linear';
import type { InstructionSet, NativeMachine } from './addon.ts';
import { error } from './error.ts';
import { engineFor, findEngine, simdChoices } from './find-engine.ts';
import { nodeModule } from './node-module.ts';
import { hostRoutinesOf } from './host/host-routines.ts';
import { NativeMemory } from './native-memory.ts';
import { NativeRunner } from './native-runner.ts';
import { PendingReads } from './pending-reads.ts';

export interface NativeBackendOptions {
  /** The instruction set: by default (`auto`) the best that the processor has. One that it lacks is an error. */
  readonly simd?: 'auto' | InstructionSet;
  /** All buffers together, in bytes. By default what the process can still allocate. */
  readonly maxTotalBytes?: number;
  /**
   * Threads that compute, the calling one among them; results do not depend on how many. A number (1 by default) is had or
   * is an error; `auto` takes what the machine has, at most 64.
   */
  readonly threads?: number | 'auto';
  /**
   * `blocked` (the default): kernels run where they are called. `free`: a separate thread runs them, calls return at once,
   * and the process keeps serving while they run; then a backend has no `readSync` and no `allFinite`.
   */
  readonly eventLoop?: 'blocked' | 'free';
}

const eventLoopChoices = ['blocked', 'free'] as const;
const optionRules: OptionRules<NativeBackendOptions> = {
  simd: simdChoices,
  maxTotalBytes: 'any',
  threads: 'any',
  eventLoop: eventLoopChoices,
};

/** Bytes of addresses beside the buffers, for working memory and the gaps between buffers. */
const BESIDE = 2 ** 30;
/** Where the system does not say how much memory there is. */
const UNKNOWN_MEMORY = 2 ** 36;
const MOST_THREADS = 64;

/** For tests: the least nanoseconds of work of a part of a call, and of a chunk with its own sums. */
export interface Forced {
  readonly leastPart?: number;
  readonly leastChunk?: number;
}

/**
 * The backend of native code: AVX-512, AVX2 or NEON kernels behind Node-API. Backends share no memory and no threads.
 * `capabilities.engine` names the instruction set.
 *
 * @throws `backend-native/unknown-option`, `backend-native/bad-option`, `backend-native/unavailable` (no binary loads here,
 *   the processor lacks the instruction set, or so many threads or addresses cannot be had)
 */
export async function createNativeBackend(options: NativeBackendOptions = {}): Promise<Backend> {
  return createForced(options);
}

/** The same, with calls cut however small they are. */
export async function createForced(options: NativeBackendOptions, forced: Forced = {}): Promise<Backend> {
  checkOptions(error, 'createNativeBackend', options, optionRules);
  const { addon, engine, name } = engineFor(options.simd ?? 'auto');
  const threads = checkedThreads(options.threads ?? 1);
  const maxTotalBytes = checkedLimit(options.maxTotalBytes ?? availableMemory() ?? UNKNOWN_MEMORY);
  const wanted =
    threads === 'auto' ? Math.min(nodeModule('node:os')!.availableParallelism(), MOST_THREADS) : threads;
  const leads = options.eventLoop === 'free';
  const bytes = maxTotalBytes + BESIDE;
  const pending = new PendingReads();
  const machine = addon.open(engine, bytes, wanted, leads, pending.onDone);
  if (machine === undefined) throw noMachine(bytes);
  if (threads !== 'auto' && machine.threads < threads) {
    machine.dispose();
    throw noThreads(threads, machine.threads);
  }
  return defineBackend<number>((addressOf) =>
    driverOf({
      machine,
      memory: new NativeMemory(machine, bytes),
      runner: new NativeRunner(machine, forced.leastPart),
      pending: leads ? pending : undefined,
      addressOf,
      engine: `native code, ${name}`,
      threadsReason:
        machine.threads < wanted ? `the system started ${machine.threads} of ${wanted} threads` : undefined,
      maxTotalBytes,
      leastChunk: forced.leastChunk,
      host: hostRoutinesOf(addon),
    }),
  );
}

/** For a registry: priority 15, available where the binary loads and the processor has AVX2 or NEON. */
export const nativeBackendFactory: BackendFactory = createNativeBackendFactory();

/** As `nativeBackendFactory`, with options. */
export function createNativeBackendFactory(options: NativeBackendOptions = {}): BackendFactory {
  checkOptions(error, 'createNativeBackendFactory', options, optionRules);
  return {
    name: 'native',
    priority: 15,
    async availability() {
      const found = findEngine(options.simd ?? 'auto');
      return 'reason' in found
        ? { available: false, reason: found.reason }
        : { available: true, engine: `native code, ${found.name}` };
    },
    create: () => createNativeBackend(options),
  };
}

function driverOf(parts: {
  readonly machine: NativeMachine;
  readonly memory: NativeMemory;
  readonly runner: NativeRunner;
  readonly pending: PendingReads | undefined;
  readonly addressOf: MemoryOf<number>;
  readonly engine: string;
  readonly threadsReason: string | undefined;
  readonly maxTotalBytes: number;
  readonly leastChunk: number | undefined;
  readonly host: HostRoutines;
}): Driver<number> {
  const { machine, memory, runner, pending, addressOf, engine, threadsReason, maxTotalBytes } = parts;
  const access = new Engine({ sizes: runner.sizes, memory, runner, addressOf, leastChunk: parts.leastChunk });
  const readNow = (address: number, length: number): Float32Array<ArrayBuffer> => {
    const data = new Float32Array(length);
    machine.read(address, data);
    return data;
  };
  return {
    name: 'native',
    host: parts.host,
    capabilities: {
      engine,
      threads: machine.threads,
      ...(threadsReason !== undefined && { threadsReason }),
      maxBufferBytes: maxTotalBytes,
      maxTotalBytes,
      maxExtent: 2 ** 31,
    },
    allocate: ({ rows, cols }) => memory.allocateZeroed(4 * rows * cols),
    free: (address) => memory.free(address),
    write: (address, data, start) => machine.write(address + 4 * start, data),
    async read(address, start, length) {
      if (!pending) return readNow(address + 4 * start, length);
      return new Float32Array(
        (await pending.ask(machine, address + 4 * start, 4 * length)) ?? new ArrayBuffer(0),
      );
    },
    ...(!pending && {
      readInto: (out: Float32Array, address: number, start: number) => machine.read(address + 4 * start, out),
      allFinite: (address, start, length) => runner.allFinite(address + 4 * start, length),
    }),
    async sync() {
      await pending?.ask(machine);
    },
    async dispose() {
      machine.dispose();
      pending?.rejectAll();
    },
    kernels: boundKernels(access, linearImplementations),
  };
}

function checkedLimit(maxTotalBytes: number): number {
  if (Number.isSafeInteger(maxTotalBytes) && maxTotalBytes >= 1) return Math.min(maxTotalBytes, 2 ** 46);
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

function noMachine(bytes: number): Error {
  return error('unavailable', {
    subject: 'memory',
    rule: `must be an address range of ${bytes} bytes`,
    hint: 'Choose a smaller maxTotalBytes.',
  });
}

function noThreads(wanted: number, got: number): Error {
  return error('unavailable', {
    subject: 'threads',
    rule: 'must be what can be started here',
    got: wanted,
    hint: `The system started ${got}. Choose "auto" or fewer.`,
  });
}
