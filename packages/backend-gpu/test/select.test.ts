import { createRegistry } from '@ttrec/backend';
import { cpuBackendFactory } from '@ttrec/backend-cpu';
import { createGpuBackend, createGpuBackendFactory, gpuBackendFactory } from '@ttrec/backend-gpu';
import { wasmBackendFactory } from '@ttrec/backend-wasm';
import gpuJs from 'gpu.js';
import { afterEach, describe, expect, test } from 'vitest';

// Node has a navigator and no GPU in it; a test that offers one takes it away again.
afterEach(() => {
  Reflect.deleteProperty(navigator, 'gpu');
});

const NO_GPU = 'webgpu: there is no navigator.gpu; webgl2: there is no WebGL2';

describe('without a GPU', () => {
  test('nothing is made, and every mode has its reason', async () => {
    await expect(createGpuBackend()).rejects.toMatchObject({
      code: 'backend-gpu/unavailable',
      message: expect.stringContaining(`${NO_GPU}. software: true allows`),
    });
  });

  test.each<[object, string]>([
    [{ fallbacks: true }, 'Did you mean "fallback"?'],
    [{ maxtotalbytes: 1 }, 'Did you mean "maxTotalBytes"?'],
    [
      { mode: 'webgl' },
      'mode: must be one of webgpu, webgl2, webasm, cpu, got webgl. Did you mean "webgl2"?',
    ],
    [{ software: 'yes' }, 'software: must be true or false, got yes.'],
    [{ hostRows: { aboveByte: 1, aboveRows: 1 } }, 'Did you mean "aboveBytes"?'],
    [
      { hostRows: { aboveBytes: NaN, aboveRows: 1 } },
      'hostRows.aboveBytes: must be a number from 0, got NaN.',
    ],
  ])('options that do not exist are refused: %j', async (options, words) => {
    await expect(createGpuBackend(options)).rejects.toThrow(words);
  });

  test('so are those of a factory', () => {
    expect(() => createGpuBackendFactory({ modes: 'webgpu' } as object)).toThrow('Did you mean "mode"?');
  });

  test.each(['webgpu', 'webgl2'] as const)(
    'mode %s that is asked for is an error, never another mode',
    async (mode) => {
      const made = createGpuBackend({ mode, fallback: true });
      await expect(made).rejects.toMatchObject({ code: 'backend-gpu/unavailable' });
      await expect(createGpuBackend({ mode, fallback: true })).rejects.toThrow(`mode "${mode}"`);
    },
  );

  test('gpu.js computes without one where that is allowed, and says what it passed over', async () => {
    const backend = await createGpuBackend({ fallback: true });
    expect(backend.capabilities.engine).toBe(
      `gpu.js 2.24.1, mode webasm on the processor; passed over ${NO_GPU}`,
    );
    await backend.dispose();
  });

  test('a registry walks gpu, wasm, cpu and tells why it passed over the first', async () => {
    const registry = createRegistry([cpuBackendFactory, wasmBackendFactory, gpuBackendFactory]);
    const { backend, passedOver } = await registry.select();
    expect(backend.name).toBe('wasm');
    expect(passedOver).toEqual([{ name: 'gpu', reason: NO_GPU }]);
    await expect(registry.select({ required: 'gpu' })).rejects.toMatchObject({
      code: 'backend/backend-unavailable',
      message: expect.stringContaining(NO_GPU),
    });
    await backend.dispose();
  });

  test('a factory that allows the fallback is available', async () => {
    const factory = createGpuBackendFactory({ fallback: true });
    expect(await factory.availability()).toEqual({ available: true, engine: 'gpu.js 2.24.1, mode webasm' });
    const { backend } = await createRegistry([factory, cpuBackendFactory]).select();
    expect(backend.name).toBe('gpu');
    await backend.dispose();
  });
});

describe('a navigator.gpu that is handed in', () => {
  const offering = (adapter: object | null) => ({ requestAdapter: async () => adapter });

  test.each([
    ['by what it says of itself', { info: info(''), isFallbackAdapter: true }],
    ['by its name', { info: info('SwiftShader Device') }],
    ['by its name in lavapipe’s words', { info: info('llvmpipe (LLVM 15)') }],
  ])('a software adapter is known %s and passed over', async (_, adapter) => {
    const made = createGpuBackend({ webgpu: offering(adapter) });
    await expect(made).rejects.toThrow(/webgpu: .* is a software adapter/);
  });

  test('without an adapter is passed over', async () => {
    const made = createGpuBackend({ webgpu: offering(null) });
    await expect(made).rejects.toThrow('webgpu: navigator.gpu has no adapter');
  });

  test('that throws is passed over with what it threw', async () => {
    const webgpu = { requestAdapter: () => Promise.reject(new Error('the driver is gone')) };
    await expect(createGpuBackend({ webgpu })).rejects.toThrow('webgpu: Error: the driver is gone');
  });

  function info(description: string) {
    return { description, vendor: '', architecture: '', device: '' };
  }
});

describe('an instance of GPU that is handed in', () => {
  test('is used in the mode it has, and lives on', async () => {
    const gpu = new gpuJs.GPU({ mode: 'cpu' });
    const backend = await createGpuBackend({ gpu });
    expect(backend.capabilities.engine).toBe('gpu.js 2.24.1, mode cpu on the processor');
    await backend.dispose();
    const kernel = gpu.createKernel('function () { return 7; }', { output: [1] });
    expect(kernel()).toEqual(Float32Array.of(7));
    await gpu.destroy();
  });

  test('that runs in another mode than asked is an error', async () => {
    const gpu = new gpuJs.GPU({ mode: 'cpu' });
    await expect(createGpuBackend({ gpu, mode: 'webgpu' })).rejects.toMatchObject({
      code: 'backend-gpu/wrong-mode',
      message: expect.stringContaining('must run in gpu.js mode webgpu, got cpu'),
    });
    await gpu.destroy();
  });
});

test.each([
  [{ mode: 'gpu' as 'webgpu' }, 'mode: must be one of webgpu, webgl2, webasm, cpu, got gpu'],
  [{ gpu: {} }, "gpu: must be an instance of gpu.js's GPU, got object"],
  [{ maxTotalBytes: 0 }, 'maxTotalBytes: must be a positive integer of bytes, got 0'],
])('%j is refused', async (options, words) => {
  const made = createGpuBackend(options);
  await expect(made).rejects.toMatchObject({
    code: 'backend-gpu/bad-option',
    message: expect.stringContaining(words),
  });
});
