import { defineBackend, makeKernels, type Backend, type DeviceBuffer } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';

/** The smallest backend that passes the suite: memory and kernels are those of the reference. Put your own in their place. */
export function createExampleBackend(): Backend {
  const engine = createCpuBackend();
  return defineBackend<DeviceBuffer>((memoryOf) => ({
    name: 'example',
    capabilities: { ...engine.capabilities, engine: 'the reference, in other clothes' },
    allocate: (spec) => engine.createBuffer(spec),
    free: (memory) => memory.dispose(),
    write: (memory, data, start) => engine.write(memory, data, start),
    read: (memory, start, length) => engine.read(memory, start, length),
    sync: () => engine.sync(),
    dispose: () => engine.dispose(),
    kernels: makeKernels((name) => (args) => {
      engine[name](withMemories(args, memoryOf) as never);
    }),
  }));
}

/** A kernel's arguments, with the driver's memory wherever they name a buffer. */
function withMemories(value: unknown, memoryOf: (buffer: DeviceBuffer) => DeviceBuffer): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('dispose' in value) return memoryOf(value as DeviceBuffer);
  if (Array.isArray(value)) return value.map((item) => withMemories(item, memoryOf));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withMemories(item, memoryOf)]));
}
