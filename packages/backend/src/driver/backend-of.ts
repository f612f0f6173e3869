import { checkOptions, type OptionRules } from '@ttrec/core/options';
import type { Backend, Capabilities } from '../backend.ts';
import type { BufferSpec, DeviceBuffer } from '../buffer.ts';
import { error } from '../error.ts';
import type { HostRoutines } from '../host-routines.ts';
import type { KernelArgs, KernelName, Kernels } from '../kernels/kernel-definitions.ts';
import { makeKernels } from './make-kernels.ts';
import { placementOf } from '../placement.ts';
import { readRange, type ReadRange } from './read-range.ts';
import { writtenBuffers } from './written-buffers.ts';

/** Longest typed array that every supported engine can make. */
const MAX_ELEMENTS_ON_HOST = 2 ** 31;
const MORE_MEMORY = 'Compress the table (kind "tt" or "hash"), or choose a backend with more memory.';

const specRules: OptionRules<BufferSpec> = {
  dtype: { required: ['float32', 'uint32'] },
  rows: 'any',
  cols: 'any',
  label: { required: 'string' },
  table: 'any',
};

/** What an engine brings: memory `M` and kernels over it. Everything else of a `Backend` is the same for all. */
export interface Driver<M> {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly host?: HostRoutines;
  /** Makes room for so many bytes that are to be allocated, if it can; without it, nothing happens ahead of allocation. */
  reserve?(bytes: number): void;
  /** Zeroed memory for `spec`. Throws when there is none left; the backend makes that `backend/out-of-memory`. */
  allocate(spec: BufferSpec): M;
  /** Called in stream order: what was enqueued before must still see the memory. */
  free(memory: M): void;
  /** Copies `data` before it returns. */
  write(memory: M, data: Float32Array | Uint32Array, start: number): void;
  /** A fresh array of the elements from `start` on, in stream order. */
  read(memory: M, start: number, length: number): Promise<Float32Array<ArrayBuffer>>;
  /** The same into an array, where kernels have run when their call returns; see `Backend.readInto` and `Backend.readSync`. */
  readInto?(out: Float32Array, memory: M, start: number): void;
  /** Where the memory can be looked at when the call comes; see `Backend.allFinite`. */
  allFinite?(memory: M, start: number, length: number): boolean;
  sync(): Promise<void>;
  dispose(): Promise<void>;
  /** Called with arguments that were checked. */
  readonly kernels: Kernels;
}

/** Finds the driver's memory behind a buffer that the backend has checked to be alive and its own. */
export type MemoryOf<M> = (buffer: DeviceBuffer) => M;

/** Checks the arguments of a kernel before it is enqueued. @param requireOwn throws for a buffer that is not the backend's */
export type CheckKernel = <Name extends KernelName>(
  name: Name,
  args: KernelArgs[Name],
  requireOwn: (buffer: DeviceBuffer) => unknown,
) => void;

/** The calls that look at memory at once, as far as the driver can. @param requireReadable throws for what cannot be read */
export type Looks<M> = (
  driver: Driver<M>,
  requireReadable: (range: Omit<ReadRange, 'packed'>) => M,
) => Pick<Backend, 'readInto' | 'readSync' | 'allFinite'>;

/**
 * Makes a backend of a driver: ownership, leak accounting and the order of errors, once for all engines.
 *
 * @param makeDriver is called once, with the function that leads from a buffer to the driver's memory
 * @param looks undefined for engines that only score, which have no use for them
 */
export function backendOf<M>(
  makeDriver: (memoryOf: MemoryOf<M>) => Driver<M>,
  checkKernel: CheckKernel,
  looks?: Looks<M>,
): Backend {
  const memories = new Map<DeviceBuffer, M>();
  const versions = new WeakMap<DeviceBuffer, number>();
  const driver = makeDriver((buffer) => memories.get(buffer)!);
  const stream = new Stream();
  let bytes = 0;
  let peakBytes = 0;
  let disposed = false;

  const requireAlive = (): void => {
    if (disposed) throw backendDisposed(driver.name);
  };
  const requireOwn = (buffer: DeviceBuffer): M => {
    const memory = memories.get(buffer);
    if (memory === undefined) throw notOwn(driver.name, buffer);
    return memory;
  };
  const changed = (buffer: DeviceBuffer): void => {
    versions.set(buffer, buffer.version + 1);
  };
  const requireReadable = ({ buffer, start, length }: Omit<ReadRange, 'packed'>): M => {
    const memory = requireOwn(buffer);
    checkRead(buffer, start, length);
    stream.rethrow();
    return memory;
  };
  const run = <Name extends KernelName>(name: Name, args: KernelArgs[Name]): void => {
    checkKernel(name, args, requireOwn);
    writtenBuffers[name](args).forEach(changed);
    stream.run(() => driver.kernels[name](args));
  };

  const dispose = async (): Promise<void> => {
    if (disposed) return;
    disposed = true;
    for (const buffer of [...memories.keys()]) buffer.dispose();
    await driver.dispose();
  };

  return {
    name: driver.name,
    capabilities: driver.capabilities,
    host: driver.host,
    ...makeKernels((name) => (args) => run(name, args)),
    reserve(bytes) {
      requireAlive();
      driver.reserve?.(bytes);
    },
    createBuffer(spec) {
      requireAlive();
      checkOptions(error, 'createBuffer', spec, specRules);
      const size = checkedBytes(spec, driver.capabilities, bytes);
      const memory = allocate(driver, spec, size);
      const buffer: DeviceBuffer = {
        ...spec,
        get version() {
          return versions.get(buffer) ?? 0;
        },
        dispose() {
          const owned = memories.get(buffer);
          if (owned === undefined) return;
          memories.delete(buffer);
          bytes -= size;
          driver.free(owned);
        },
      };
      memories.set(buffer, memory);
      bytes += size;
      peakBytes = Math.max(peakBytes, bytes);
      return Object.freeze(buffer);
    },
    owns: (buffer) => memories.has(buffer),
    write(buffer, data, start = 0) {
      const memory = requireOwn(buffer);
      checkWrite(buffer, data, start);
      changed(buffer);
      stream.run(() => driver.write(memory, data, start));
    },
    async read(source, start, length) {
      const range = readRange(source, start, length);
      const memory = requireReadable(range);
      return range.packed(await driver.read(memory, range.start, range.length));
    },
    ...looks?.(driver, requireReadable),
    async sync() {
      requireAlive();
      stream.rethrow();
      await driver.sync();
    },
    memory: () => ({ buffers: memories.size, bytes, peakBytes }),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Runs work in order until something fails. From then on nothing runs, and waiting rejects with the first failure. */
class Stream {
  #failure: { readonly error: unknown } | undefined;

  run(work: () => void): void {
    if (this.#failure) return;
    try {
      work();
    } catch (thrown) {
      this.#failure = { error: thrown };
    }
  }

  rethrow(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

function notOwn(backend: string, buffer: Partial<DeviceBuffer> | null | undefined): Error {
  return error('disposed', {
    subject: `buffer "${buffer?.label}"`,
    rule: `must be alive and made by this "${backend}" backend`,
    hint: 'It was disposed, or belongs to another backend.',
  });
}

function backendDisposed(backend: string): Error {
  return error('disposed', {
    subject: `"${backend}" backend`,
    rule: 'must be alive',
    hint: 'It was disposed.',
  });
}

function allocate<M>(driver: Driver<M>, spec: BufferSpec, size: number): M {
  try {
    return driver.allocate(spec);
  } catch (cause) {
    throw error('out-of-memory', {
      subject: `buffer "${spec.label}"`,
      rule: `must be memory that the "${driver.name}" engine has left`,
      got: `${size} bytes`,
      hint: MORE_MEMORY,
      cause,
    });
  }
}

function checkedBytes(spec: BufferSpec, limits: Capabilities, used: number): number {
  const subject = `buffer "${spec.label}"`;
  const onHost = placementOf(spec.table, limits.hostRows) === 'host';
  const maxExtent = onHost ? MAX_ELEMENTS_ON_HOST : limits.maxExtent;
  for (const extent of [spec.rows, spec.cols]) {
    if (!Number.isSafeInteger(extent) || extent < 1 || extent > maxExtent) {
      throw error('bad-buffer', {
        subject,
        rule: `rows and cols must be integers from 1 to ${maxExtent}`,
        got: `${spec.rows} x ${spec.cols}`,
        ...(extent > maxExtent && { hint: MORE_MEMORY }),
      });
    }
  }
  const size = spec.rows * spec.cols * 4;
  const maxBufferBytes = onHost ? 4 * MAX_ELEMENTS_ON_HOST : limits.maxBufferBytes;
  if (size > maxBufferBytes || used + size > limits.maxTotalBytes) {
    throw error('out-of-memory', {
      subject,
      rule: `must fit ${maxBufferBytes} bytes, and ${limits.maxTotalBytes} with the ${used} bytes in use`,
      got: `${size} bytes`,
      hint: MORE_MEMORY,
    });
  }
  return size;
}

function checkWrite(buffer: DeviceBuffer, data: Float32Array | Uint32Array, start: number): void {
  const dtype = data instanceof Float32Array ? 'float32' : 'uint32';
  const subject = `write to "${buffer.label}"`;
  if (dtype !== buffer.dtype) {
    throw error('bad-write', { subject, rule: `data must be ${buffer.dtype}`, got: dtype });
  }
  checkRange(subject, buffer, start, data.length);
}

function checkRead(buffer: DeviceBuffer, start: number, length: number): void {
  const subject = `read of "${buffer.label}"`;
  if (buffer.dtype !== 'float32') {
    throw error('bad-read', { subject, rule: 'only float32 buffers are read back', got: buffer.dtype });
  }
  checkRange(subject, buffer, start, length);
}

function checkRange(subject: string, buffer: DeviceBuffer, start: number, length: number): void {
  const size = buffer.rows * buffer.cols;
  const integers = Number.isSafeInteger(start) && Number.isSafeInteger(length);
  if (!integers || start < 0 || length < 0 || start + length > size) {
    throw error('bad-range', {
      subject,
      rule: `must stay within ${size} elements`,
      got: `${length} from ${start}`,
    });
  }
}
