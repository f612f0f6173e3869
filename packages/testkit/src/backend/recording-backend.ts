import type { Backend, Block, DeviceBuffer } from '@ttrec/backend';
import { makeKernels } from '@ttrec/backend/driver';
import {
  kernelNames,
  multiplyAdds,
  type KernelArgs,
  type KernelName,
  type Kernels,
} from '@ttrec/backend/kernels';
import { createDryBackend } from './dry-backend.ts';

export interface KernelCall {
  readonly name: KernelName;
  /** By the kernel's definition: see `multiplyAdds` of @ttrec/backend. */
  readonly multiplyAdds: number;
}

/** What happened on a backend since it was made, or since `reset()`. */
export interface Recording {
  readonly calls: readonly KernelCall[];
  /** Calls a kernel; kernels that were not called are 0. */
  readonly counts: Readonly<Record<KernelName, number>>;
  readonly multiplyAdds: number;
  /** Buffers made, alive or not. */
  readonly allocations: number;
  readonly allocatedBytes: number;
  /** Bytes alive now, and the most at one time. */
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly writtenBytes: number;
  readonly readBytes: number;
}

export interface RecordingBackend extends Backend {
  recording(): Recording;
  /** Forgets what happened. Buffers stay; the peak starts again from the bytes that are alive. */
  reset(): void;
}

/**
 * Passes every call on to `inner` and keeps count; calls that throw are not counted.
 * Without `inner` it is dry (see `createDryBackend`): for asking what a model would do with tables that fit nowhere.
 */
export function recordingBackend(inner: Backend = createDryBackend()): RecordingBackend {
  const kernels: Kernels = inner;
  let tally = emptyTally(inner);
  const run = <Name extends KernelName>(name: Name, args: KernelArgs[Name]): void => {
    kernels[name](args);
    tally.calls.push({ name, multiplyAdds: multiplyAdds(name, args) });
  };
  return {
    name: `recording ${inner.name}`,
    capabilities: inner.capabilities,
    ...makeKernels((name) => (args) => run(name, args)),
    reserve: (bytes) => inner.reserve(bytes),
    createBuffer(spec) {
      const buffer = inner.createBuffer(spec);
      tally.allocations += 1;
      tally.allocatedBytes += 4 * spec.rows * spec.cols;
      tally.peakBytes = Math.max(tally.peakBytes, inner.memory().bytes);
      return buffer;
    },
    owns: (buffer) => inner.owns(buffer),
    write(buffer, data, start) {
      inner.write(buffer, data, start);
      tally.writtenBytes += data.byteLength;
    },
    async read(source, start, length) {
      const data = await inner.read(source, start, length);
      tally.readBytes += data.byteLength;
      return data;
    },
    ...(inner.readInto && {
      readInto(out: Float32Array, buffer: DeviceBuffer, start?: number) {
        inner.readInto!(out, buffer, start);
        tally.readBytes += out.byteLength;
      },
    }),
    ...(inner.readSync && {
      readSync(source: DeviceBuffer | Block, start?: number, length?: number) {
        const data = inner.readSync!(source, start, length);
        tally.readBytes += data.byteLength;
        return data;
      },
    }),
    sync: () => inner.sync(),
    memory: () => inner.memory(),
    dispose: () => inner.dispose(),
    [Symbol.asyncDispose]: () => inner.dispose(),
    recording: () => recordingOf(tally, inner),
    reset() {
      tally = emptyTally(inner);
    },
  };
}

function emptyTally(inner: Backend) {
  return {
    calls: [] as KernelCall[],
    allocations: 0,
    allocatedBytes: 0,
    peakBytes: inner.memory().bytes,
    writtenBytes: 0,
    readBytes: 0,
  };
}

function recordingOf(tally: ReturnType<typeof emptyTally>, inner: Backend): Recording {
  const counts = Object.fromEntries(kernelNames.map((name) => [name, 0])) as Record<KernelName, number>;
  let total = 0;
  for (const call of tally.calls) {
    counts[call.name] += 1;
    total += call.multiplyAdds;
  }
  return {
    ...tally,
    calls: [...tally.calls],
    counts,
    multiplyAdds: total,
    liveBytes: inner.memory().bytes,
  };
}
