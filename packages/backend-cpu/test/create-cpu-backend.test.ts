import { createRegistry, wholeBlock, type Backend, type DeviceBuffer } from '@ttrec/backend';
import { cpuBackendFactory, createCpuBackend } from '@ttrec/backend-cpu';
import { expect, test } from 'vitest';

function filled(backend: Backend, rows: number, cols: number, data: readonly number[]): DeviceBuffer {
  const buffer = backend.createBuffer({ dtype: 'float32', rows, cols, label: 'filled' });
  backend.write(buffer, Float32Array.from(data));
  return buffer;
}

test('the factory is available everywhere, with the lowest priority, and says what runs', async () => {
  expect(cpuBackendFactory).toMatchObject({ name: 'cpu', priority: 0 });
  expect(await cpuBackendFactory.availability()).toEqual({
    available: true,
    engine: 'plain TypeScript, float64 accumulators',
  });
  const { backend, passedOver } = await createRegistry([cpuBackendFactory]).select();
  expect(backend.name).toBe('cpu');
  expect(backend.capabilities).toMatchObject({
    engine: 'plain TypeScript, float64 accumulators',
    threads: 1,
  });
  expect(passedOver).toEqual([]);
});

test('sums are held in float64 from first to last: small terms survive between large ones that cancel', async () => {
  const backend = createCpuBackend();
  const a = filled(backend, 1, 4, [1e8, 1, 1e8, 0.25]);
  const b = filled(backend, 4, 1, [1, 1, -1, 1]);
  const out = backend.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label: 'out' });
  // In float32 1e8 + 1 is 1e8, and the sum would be 0.25.
  backend.matmul({ a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(out) });
  expect([...(await backend.read(out))]).toEqual([1.25]);
});

test('a NaN goes through relu and its gradient, so that a diverged run is seen', async () => {
  const backend = createCpuBackend();
  const a = filled(backend, 1, 1, [NaN]);
  const one = filled(backend, 1, 1, [1]);
  const out = backend.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label: 'out' });
  const gradBias = backend.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label: 'gradBias' });
  const y = wholeBlock(out);
  backend.matmul({ a: wholeBlock(a), b: wholeBlock(one), out: y, activation: 'relu' });
  expect([...(await backend.read(out))]).toEqual([NaN]);
  const gradient = wholeBlock(filled(backend, 1, 1, [3]));
  backend.biasActivationBackward({ output: y, gradient, gradBias: wholeBlock(gradBias), activation: 'relu' });
  expect([...(await backend.read(gradient.buffer))]).toEqual([3]);
});

test('maxTotalBytes limits all buffers together, and freed bytes come back', () => {
  const backend = createCpuBackend({ maxTotalBytes: 1000 });
  expect(backend.capabilities).toMatchObject({ maxTotalBytes: 1000, maxBufferBytes: 1000 });
  const spec = { dtype: 'float32', rows: 10, cols: 20, label: 'half' } as const;
  const half = backend.createBuffer(spec);
  expect(() => backend.createBuffer({ ...spec, label: 'table/C3' })).toThrow(
    expect.objectContaining({
      code: 'backend/out-of-memory',
      message:
        '[backend] buffer "table/C3": must fit 1000 bytes, and 1000 with the 800 bytes in use, got 800 bytes. ' +
        'Compress the table (kind "tt" or "hash"), or choose a backend with more memory.',
    }),
  );
  half.dispose();
  expect(() => backend.createBuffer(spec)).not.toThrow();
});

test.each([0, -1, 1.5, NaN])('maxTotalBytes of %s is refused', (maxTotalBytes) => {
  expect(() => createCpuBackend({ maxTotalBytes })).toThrow(
    expect.objectContaining({
      code: 'backend-cpu/bad-option',
      message: `[backend-cpu] maxTotalBytes: must be a positive integer of bytes, got ${maxTotalBytes}.`,
    }),
  );
});

test('by default the limit is what the process may still allocate', () => {
  const { maxTotalBytes, maxBufferBytes } = createCpuBackend().capabilities;
  expect(maxTotalBytes).toBeGreaterThan(2 ** 20);
  expect(maxBufferBytes).toBeLessThanOrEqual(2 ** 33);
});

test('a misspelt option is refused', () => {
  expect(() => createCpuBackend({ maxBytes: 100 } as object)).toThrow(
    expect.objectContaining({
      code: 'backend-cpu/unknown-option',
      message:
        '[backend-cpu] createCpuBackend: takes only maxTotalBytes, got maxBytes. Did you mean "maxTotalBytes"?',
    }),
  );
});
