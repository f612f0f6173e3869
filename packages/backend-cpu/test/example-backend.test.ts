import type { Backend } from '@ttrec/backend';
import { defineBackend } from '@ttrec/backend/driver';
import { kernelNames, type KernelName } from '@ttrec/backend/kernels';
import { referenceKernels, type BufferArray } from '@ttrec/backend-cpu';
import {
  conformanceCases,
  conformanceSuite,
  recordingBackend,
  type ConformanceCase,
} from '@ttrec/testkit/backend';
import { describe, expect, test } from 'vitest';
import { createExampleBackend } from '../examples/example-backend.ts';

conformanceSuite({ name: 'the example of CONTRIBUTING', create: createExampleBackend, describe, test });

/** The reference's kernels over arrays of another backend, with one of them in other hands. */
function backendWith(name: KernelName, replace: (run: () => void) => void): Backend {
  const { capabilities } = createExampleBackend();
  return defineBackend<BufferArray>((memoryOf) => {
    const reference = referenceKernels(memoryOf);
    return {
      name: 'own',
      capabilities,
      allocate: ({ dtype, rows, cols }) =>
        new { float32: Float32Array, uint32: Uint32Array }[dtype](rows * cols),
      free: () => undefined,
      write: (memory, data, start) => memory.set(data, start),
      read: async (memory, start, length) => Float32Array.from(memory.subarray(start, start + length)),
      sync: async () => undefined,
      dispose: async () => undefined,
      kernels: { ...reference, [name]: (args: never) => replace(() => reference[name](args)) },
    };
  });
}

/** The cases that run each kernel. In the others it makes no difference what takes the kernel's place. */
const casesOf = new Map(kernelNames.map((name) => [name, [] as ConformanceCase[]]));
for (const conformanceCase of conformanceCases) {
  const backend = recordingBackend(createExampleBackend());
  await conformanceCase.run(backend);
  const { counts } = backend.recording();
  for (const name of kernelNames) if (counts[name] > 0) casesOf.get(name)!.push(conformanceCase);
}

describe.each(kernelNames)('%s can be replaced alone', (name) => {
  test('the suite runs the replacement, and passes with it', async () => {
    let calls = 0;
    for (const conformanceCase of casesOf.get(name)!) {
      await conformanceCase.run(
        backendWith(name, (run) => {
          calls++;
          run();
        }),
      );
    }
    expect(calls).toBeGreaterThan(0);
  });

  test('the suite catches one that computes nothing', async () => {
    const failed: string[] = [];
    for (const conformanceCase of casesOf.get(name)!) {
      const backend = backendWith(name, () => undefined);
      await conformanceCase.run(backend).catch(() => failed.push(conformanceCase.name));
    }
    expect(failed).not.toEqual([]);
  });
});
