import { createRegistry, type Availability, type Backend, type BackendFactory } from '@ttrec/backend';
import { expect, test } from 'vitest';
import { createPlainBackend } from './plain-backend.ts';

function factory(name: string, priority: number, availability?: Availability): BackendFactory {
  return {
    name,
    priority,
    availability: async () => availability ?? { available: true, engine: name },
    create: async (): Promise<Backend> => ({ ...createPlainBackend(), name }),
  };
}

const noAdapter: Availability = { available: false, reason: 'no WebGPU adapter' };
const noSimd: Availability = { available: false, reason: 'no SIMD' };

test('the available backend of highest priority is chosen, whatever the order of registration', async () => {
  for (const order of [
    [factory('cpu', 0), factory('wasm', 10)],
    [factory('wasm', 10), factory('cpu', 0)],
  ]) {
    const { backend, passedOver } = await createRegistry(order).select();
    expect(backend.name).toBe('wasm');
    expect(passedOver).toEqual([]);
  }
});

test('what was passed over is told with its reason, highest priority first', async () => {
  const registry = createRegistry([factory('cpu', 0), factory('wasm', 10, noSimd)]);
  registry.register(factory('gpu', 20, noAdapter));
  const { backend, passedOver } = await registry.select();
  expect(backend.name).toBe('cpu');
  expect(passedOver).toEqual([
    { name: 'gpu', reason: 'no WebGPU adapter' },
    { name: 'wasm', reason: 'no SIMD' },
  ]);
});

test('one that is available and cannot be made is passed over with its error', async () => {
  const broken = { ...factory('gpu', 20), create: () => Promise.reject(new Error('the device was lost')) };
  const { backend, passedOver } = await createRegistry([factory('cpu', 0), broken]).select();
  expect(backend.name).toBe('cpu');
  expect(passedOver).toEqual([
    { name: 'gpu', reason: 'available, but failed to start: the device was lost' },
  ]);
  const required = createRegistry([factory('cpu', 0), broken]).select({ required: 'gpu' });
  await expect(required).rejects.toThrow('the device was lost');
});

test('a factory is found by name', () => {
  const cpu = factory('cpu', 0);
  const registry = createRegistry([cpu]);
  expect(registry.get('cpu')).toBe(cpu);
  expect(() => registry.get('gpu')).toThrow('backend: must be cpu, got gpu');
});

test('list is by priority, then by name', () => {
  const registry = createRegistry([factory('b', 1), factory('c', 2), factory('a', 1)]);
  expect(registry.list().map(({ name }) => name)).toEqual(['c', 'a', 'b']);
});

test('a required backend is made even when another has a higher priority', async () => {
  const registry = createRegistry([factory('cpu', 0), factory('wasm', 10)]);
  expect((await registry.select({ required: 'cpu' })).backend.name).toBe('cpu');
});

test('a required backend that is unavailable is an error, never another backend', async () => {
  const registry = createRegistry([factory('cpu', 0), factory('gpu', 20, noAdapter)]);
  await expect(registry.select({ required: 'gpu' })).rejects.toMatchObject({
    code: 'backend/backend-unavailable',
    message: '[backend] backend "gpu": an engine must be available. gpu: no WebGPU adapter',
  });
});

test('an unknown required backend is an error that names the known ones and the nearest', async () => {
  const registry = createRegistry([factory('cpu', 0), factory('wasm', 10)]);
  await expect(registry.select({ required: 'wsm' })).rejects.toMatchObject({
    code: 'backend/unknown-backend',
    message: '[backend] backend: must be one of cpu, wasm, got wsm. Did you mean "wasm"?',
  });
});

test('no available backend at all is an error with every reason', async () => {
  const registry = createRegistry([factory('wasm', 10, noSimd), factory('gpu', 20, noAdapter)]);
  await expect(registry.select()).rejects.toMatchObject({
    code: 'backend/backend-unavailable',
    message: '[backend] registry: an engine must be available. gpu: no WebGPU adapter; wasm: no SIMD',
  });
  await expect(createRegistry().select()).rejects.toThrow('must be available. The registry is empty.');
});

test.each<[object, string]>([
  [{ requierd: 'cpu' }, 'select: takes only required, got requierd. Did you mean "required"?'],
  [{ required: 7 }, 'select, required: must be a string, got 7.'],
])('misspelt options of select are rejected: %j', async (options, words) => {
  await expect(createRegistry([factory('cpu', 0)]).select(options)).rejects.toThrow(words);
});

test('a factory with a misspelt part is rejected', () => {
  const wrong = { ...factory('cpu', 0), prioritiy: 3 };
  expect(() => createRegistry([wrong])).toThrow('got prioritiy. Did you mean "priority"?');
});

test('a name is registered once', () => {
  expect(() => createRegistry([factory('cpu', 0), factory('cpu', 1)])).toThrow(
    expect.objectContaining({
      code: 'backend/duplicate-backend',
      message: '[backend] registry: each name may be registered once, got cpu.',
    }),
  );
});
