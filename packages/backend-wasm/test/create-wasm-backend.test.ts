import { createRegistry, wholeBlock, type Backend, type DeviceBuffer } from '@ttrec/backend';
import { cpuBackendFactory } from '@ttrec/backend-cpu';
import { createWasmBackend, createWasmBackendFactory, wasmBackendFactory } from '@ttrec/backend-wasm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bytesOf } from '../src/module/bytes-of.ts';
import { relaxed } from '../src/generated/relaxed.ts';
import { builds } from './builds.ts';

const STRICT = 'WebAssembly SIMD, strict';
const RELAXED = 'WebAssembly SIMD, relaxed (fused multiply-add)';
const relaxedRuns = builds.some(({ simd, skip }) => simd === 'relaxed' && !skip);

afterEach(() => vi.unstubAllGlobals());

/** The engine's own functions, to be put together anew. */
function parts() {
  const engine = WebAssembly;
  return {
    Memory: engine.Memory,
    compile: engine.compile.bind(engine),
    instantiate: engine.instantiate.bind(engine),
    validate: engine.validate.bind(engine),
  };
}

/** An engine that validates only what `validate` says. */
function engineThat(validate: (bytes: Uint8Array<ArrayBuffer>) => boolean): void {
  vi.stubGlobal('WebAssembly', { ...parts(), validate });
}

/** Refuses the bytes of the relaxed build, as Node 20 does. */
function withoutRelaxed(): void {
  const { validate } = parts();
  const { length } = bytesOf(relaxed);
  engineThat((bytes) => bytes.length !== length && validate(bytes));
}

function one(backend: Backend, value: number): DeviceBuffer {
  const buffer = backend.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label: 'one' });
  backend.write(buffer, Float32Array.of(value));
  return buffer;
}

test('the registry takes it before the reference, and it says which build runs', async () => {
  const engine = relaxedRuns ? RELAXED : STRICT;
  expect(await wasmBackendFactory.availability()).toEqual({ available: true, engine });
  const { backend, passedOver } = await createRegistry([cpuBackendFactory, wasmBackendFactory]).select();
  expect(backend.name).toBe('wasm');
  expect(backend.capabilities).toMatchObject({ engine, threads: 1 });
  expect(passedOver).toEqual([]);
});

test('strict can be had everywhere', async () => {
  const backend = await createWasmBackend({ simd: 'strict' });
  expect(backend.capabilities.engine).toBe(STRICT);
});

describe('on an engine without', () => {
  test('relaxed SIMD, auto is strict and says so', async () => {
    withoutRelaxed();
    expect((await createWasmBackend()).capabilities.engine).toBe(STRICT);
  });

  test('relaxed SIMD, asking for it is an error and no fallback', async () => {
    withoutRelaxed();
    await expect(createWasmBackend({ simd: 'relaxed' })).rejects.toMatchObject({
      code: 'backend-wasm/unavailable',
      message: '[backend-wasm] simd: must be what this engine runs, got relaxed. Choose "auto" or "strict".',
    });
  });

  test('SIMD, it is unavailable with the reason', async () => {
    engineThat(() => false);
    const reason = 'this engine’s WebAssembly has no SIMD';
    expect(await wasmBackendFactory.availability()).toEqual({ available: false, reason });
    await expect(createWasmBackend()).rejects.toMatchObject({
      code: 'backend-wasm/unavailable',
      message: `[backend-wasm] simd: must be what this engine runs, got auto. Use another backend: ${reason}.`,
    });
    const { backend, passedOver } = await createRegistry([cpuBackendFactory, wasmBackendFactory]).select();
    expect(backend.name).toBe('cpu');
    expect(passedOver).toEqual([{ name: 'wasm', reason }]);
  });

  test('WebAssembly, it is unavailable with the reason', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(await wasmBackendFactory.availability()).toEqual({
      available: false,
      reason: 'there is no WebAssembly here',
    });
  });

  test('room for the address range, the error says what to do', async () => {
    const Memory = function (): never {
      throw new RangeError('could not allocate memory');
    };
    vi.stubGlobal('WebAssembly', { ...parts(), Memory });
    await expect(createWasmBackend({ maxTotalBytes: 65536 })).rejects.toMatchObject({
      code: 'backend-wasm/unavailable',
      message:
        '[backend-wasm] memory: must be an address range of 33619968 bytes. Choose a smaller maxTotalBytes.',
    });
  });
});

test('an unknown build is refused', async () => {
  await expect(createWasmBackend({ simd: 'fast' as 'strict' })).rejects.toMatchObject({
    code: 'backend-wasm/bad-option',
    message: '[backend-wasm] createWasmBackend, simd: must be one of auto, strict, relaxed, got fast.',
  });
});

test.each<[object, string]>([
  [{ thread: 2 }, 'createWasmBackend: takes only simd, maxTotalBytes, threads, workerUrl, got thread.'],
  [{ SIMD: 'strict' }, 'Did you mean "simd"?'],
  [{ maxtotalbytes: 100 }, 'Did you mean "maxTotalBytes"?'],
  [{ worker_url: 'a' }, 'Did you mean "workerUrl"?'],
])('a misspelt option is refused: %j', async (options, words) => {
  await expect(createWasmBackend(options)).rejects.toThrow(words);
  expect(() => createWasmBackendFactory(options)).toThrow(
    expect.objectContaining({ code: 'backend-wasm/unknown-option' }),
  );
});

test.each([0, -1, 1.5, NaN])('maxTotalBytes of %s is refused', async (maxTotalBytes) => {
  await expect(createWasmBackend({ maxTotalBytes })).rejects.toMatchObject({
    code: 'backend-wasm/bad-option',
    message: `[backend-wasm] maxTotalBytes: must be a positive integer of bytes, got ${maxTotalBytes}.`,
  });
});

test.each(builds.filter(({ skip }) => !skip))(
  '$name: a NaN goes through relu and its gradient',
  async (build) => {
    const backend = await build.create();
    const y = wholeBlock(one(backend, 0));
    const gradBias = wholeBlock(one(backend, 0));
    const gradient = wholeBlock(one(backend, 3));
    const factors = { a: wholeBlock(one(backend, NaN)), b: wholeBlock(one(backend, 1)) };
    backend.matmul({ ...factors, out: y, activation: 'relu' });
    expect([...(await backend.read(y.buffer))]).toEqual([NaN]);
    backend.biasActivationBackward({ output: y, gradient, gradBias, activation: 'relu' });
    expect([...(await backend.read(gradient.buffer))]).toEqual([3]);
  },
);
