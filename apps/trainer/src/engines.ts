import {
  createRegistry,
  type Backend,
  type BackendFactory,
  type BackendRegistry,
  type HostRows,
  type Selection,
} from '@ttrec/backend';
import type * as BackendGpu from '@ttrec/backend-gpu';
import { cpuBackendFactory } from '@ttrec/backend-cpu';
import { createNativeBackendFactory } from '@ttrec/backend-native';
import { createWasmBackendFactory } from '@ttrec/backend-wasm';
import { checkOptions } from '@ttrec/core/options';
import { DEFAULT_THREADS, type Threads } from '@ttrec/training/config';
import { error } from './error.ts';

const GPU = '@ttrec/backend-gpu';

/** The GPU's engine is a package of its own, with native code among what it needs: it is used where it is installed. */
const gpuFactory: BackendFactory = {
  name: 'gpu',
  priority: 20,
  async availability() {
    const installed = await gpuPackage();
    return typeof installed === 'string'
      ? { available: false, reason: installed }
      : installed.gpuBackendFactory.availability();
  },
  async create() {
    const installed = await gpuPackage();
    if (typeof installed === 'string') throw notInstalled(installed);
    return installed.gpuBackendFactory.create();
  },
};

/** The package, or why it cannot be had. */
async function gpuPackage(): Promise<typeof BackendGpu | string> {
  try {
    return await import('@ttrec/backend-gpu');
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    return code === 'ERR_MODULE_NOT_FOUND' && message.includes(GPU)
      ? `not installed: npm install ${GPU}`
      : `${GPU} cannot be loaded: ${message}`;
  }
}

function notInstalled(reason: string): Error {
  return error('engine-not-installed', { subject: 'backend "gpu"', rule: 'must be installed', got: reason });
}

/** The engines of this command, installed or not. */
export function engines(
  threads: Threads = DEFAULT_THREADS,
  eventLoop: EventLoop = 'blocked',
): BackendRegistry {
  return createRegistry([
    cpuBackendFactory,
    createWasmBackendFactory({ threads }),
    createNativeBackendFactory({ threads, eventLoop }),
    gpuFactory,
  ]);
}

export const engineNames = ['auto', 'cpu', 'wasm', 'native', 'gpu'] as const;

export type EngineName = 'auto' | 'cpu' | 'wasm' | 'native' | 'gpu';

export const eventLoopChoices = ['blocked', 'free'] as const;
export type EventLoop = 'blocked' | 'free';

export interface BackendOptions {
  /** By default (`auto`) the best that is available. */
  readonly name?: EngineName | undefined;
  /** 1 by default; `auto` for as many as there are. Results do not depend on it. */
  readonly threads?: Threads | undefined;
  /**
   * `free` runs kernels on a separate thread, so that the process goes on with other work meanwhile; only the engine `native` can. `blocked` by
   * default.
   */
  readonly eventLoop?: EventLoop | undefined;
}

/**
 * Starts the best engine that is available, or the one that is named, which never falls back to another.
 *
 * @throws `backend/backend-unavailable`, `trainer/no-threads`, `trainer/no-free-event-loop`, `trainer/unknown-option`, `trainer/bad-option`
 */
export async function createBackend(options: BackendOptions = {}): Promise<Backend> {
  checkOptions(error, 'createBackend', options, {
    name: engineNames,
    threads: 'any',
    eventLoop: eventLoopChoices,
  });
  const { name = 'auto', threads, eventLoop } = options;
  return (await selectEngine(name, threads, eventLoop)).backend;
}

/**
 * `auto` takes the best that is available; a name takes that one or fails.
 *
 * @throws what `select` throws, `trainer/no-threads` for a number of threads that the engine does not have, `trainer/no-free-event-loop`
 */
export async function selectEngine(
  name: string,
  threads: Threads = DEFAULT_THREADS,
  eventLoop: EventLoop = 'blocked',
): Promise<Selection> {
  const selection = await selectTrainingEngine(name, threads, eventLoop);
  const { backend } = selection;
  if (eventLoop === 'free' && backend.name !== 'native') {
    await backend.dispose();
    throw error('no-free-event-loop', {
      subject: 'eventLoop',
      rule: `must be "blocked" on the "${backend.name}" backend`,
      got: eventLoop,
      hint: 'The "native" backend has a thread for its kernels.',
    });
  }
  return selection;
}

/**
 * The same, and an event loop that is free where the engine can leave it so.
 * @throws what `select` throws, `trainer/no-threads`
 */
export async function selectTrainingEngine(
  name: string,
  threads: Threads,
  eventLoop: EventLoop,
): Promise<Selection> {
  const selection = await engines(threads, eventLoop).select(name === 'auto' ? {} : { required: name });
  const { backend } = selection;
  if (threads === 'auto' || backend.capabilities.threads >= threads) return selection;
  await backend.dispose();
  throw error('no-threads', {
    subject: 'threads',
    rule: `must be 1 on the "${backend.name}" backend`,
    got: threads,
    hint: 'The "native" and "wasm" backends have threads.',
  });
}

/**
 * Which tables an engine keeps on the host, known without starting it; undefined where all memory is the host's.
 * @throws `backend/unknown-backend`, `trainer/engine-not-installed`
 */
export async function hostRowsOf(name: string): Promise<HostRows | undefined> {
  if (engines().get(name) !== gpuFactory) return undefined;
  const installed = await gpuPackage();
  if (typeof installed === 'string') throw notInstalled(installed);
  return installed.GPU_HOST_ROWS;
}
