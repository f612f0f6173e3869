import type { Backend, DeviceBuffer } from '@ttrec/backend';
import { defineBackend } from '@ttrec/backend/driver';
import type { MultiplyArgs } from '@ttrec/backend/kernels';
import { referenceKernels, type BufferArray } from '@ttrec/backend-cpu';

/** Memory of its own: the elements of a buffer, and whatever else an engine keeps beside them. */
interface Memory {
  readonly elements: BufferArray;
}

/** A backend whose kernels are those of the reference, until they are replaced one by one. `multiply` is replaced. */
export function createExampleBackend(): Backend {
  return defineBackend<Memory>((memoryOf) => ({
    name: 'example',
    capabilities: {
      engine: 'an example',
      threads: 1,
      maxBufferBytes: 2 ** 32,
      maxTotalBytes: 2 ** 32,
      maxExtent: 2 ** 30,
    },
    allocate: ({ dtype, rows, cols }) => ({
      elements: dtype === 'float32' ? new Float32Array(rows * cols) : new Uint32Array(rows * cols),
    }),
    free: () => undefined,
    write: ({ elements }, data, start) => elements.set(data, start),
    read: async ({ elements }, start, length) => Float32Array.from(elements.subarray(start, start + length)),
    sync: async () => undefined,
    dispose: async () => undefined,
    kernels: {
      ...referenceKernels((buffer) => memoryOf(buffer).elements),
      multiply: (args) => multiply(args, (buffer) => memoryOf(buffer).elements),
    },
  }));
}

/** `out = a ∘ b`. A block starts at a row and a column of its buffer, whose columns are the stride of its rows. */
function multiply({ a, b, out }: MultiplyArgs, elementsOf: (buffer: DeviceBuffer) => BufferArray): void {
  const [left, right, product] = [a, b, out].map(({ buffer }) => elementsOf(buffer)) as [
    BufferArray,
    BufferArray,
    BufferArray,
  ];
  for (let i = 0; i < out.rows; i++) {
    const [atA, atB, atOut] = [a, b, out].map((block) => (block.row + i) * block.buffer.cols + block.column);
    for (let j = 0; j < out.cols; j++) product[atOut! + j] = left[atA! + j]! * right[atB! + j]!;
  }
}
