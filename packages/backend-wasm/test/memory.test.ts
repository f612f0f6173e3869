import { wholeBlock, type Block } from '@ttrec/backend';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { afterEach, expect, test, vi } from 'vitest';
import { GrowingMemory } from '../src/memory/growing-memory.ts';

const MiB = 2 ** 20;

/** The WebAssembly memories that are made from now on in this test. */
function watchedMemories(): WebAssembly.Memory[] {
  const made: WebAssembly.Memory[] = [];
  const engine = WebAssembly;
  const { Memory } = engine;
  const Watched = function (pages: ConstructorParameters<typeof Memory>[0]): WebAssembly.Memory {
    const memory = new Memory(pages);
    made.push(memory);
    return memory;
  };
  vi.stubGlobal('WebAssembly', {
    Memory: Watched,
    compile: engine.compile.bind(engine),
    instantiate: engine.instantiate.bind(engine),
    validate: engine.validate.bind(engine),
  });
  return made;
}

afterEach(() => vi.unstubAllGlobals());

/** A memory of 64 KiB that the system lets grow no further. */
function fullMemory(): GrowingMemory {
  const grow = (): never => {
    throw new RangeError('no pages left');
  };
  const memory = { buffer: new ArrayBuffer(2 ** 16), grow } as Partial<WebAssembly.Memory>;
  return new GrowingMemory(memory as WebAssembly.Memory, 1024, 2 ** 32);
}

test('10,000 buffers made and freed leave the memory where it was', async () => {
  const backend = await createWasmBackend();
  const steady = backend.createBuffer({ dtype: 'float32', rows: 1000, cols: 64, label: 'table' });
  backend.write(steady, new Float32Array(64_000).fill(3));
  const before = backend.memory();
  for (let i = 0; i < 10_000; i++) {
    backend.createBuffer({ dtype: 'float32', rows: 1 + (i % 97), cols: 64, label: 'short-lived' }).dispose();
  }
  expect(backend.memory()).toMatchObject({ buffers: before.buffers, bytes: before.bytes });
  expect(new Set(await backend.read(steady))).toEqual(new Set([3]));
});

test('views are current after the memory has grown', async () => {
  const backend = await createWasmBackend();
  const small = backend.createBuffer({ dtype: 'float32', rows: 1, cols: 4, label: 'small' });
  backend.write(small, Float32Array.of(1, 2, 3, 4));
  const large = backend.createBuffer({ dtype: 'float32', rows: 1024, cols: 4096, label: 'large' });
  backend.write(large, Float32Array.of(5), 1024 * 4096 - 1);
  expect([...(await backend.read(small))]).toEqual([1, 2, 3, 4]);
  expect([...(await backend.read(large, 1024 * 4096 - 2))]).toEqual([0, 5]);
});

test('a table past the 32-bit address space is refused before anything is allocated, with the alternatives', async () => {
  const backend = await createWasmBackend({ maxTotalBytes: 2 ** 40 });
  const { maxTotalBytes } = backend.capabilities;
  expect(maxTotalBytes).toBe(65535 * 2 ** 16 - 32 * MiB);
  const table = { dtype: 'float32', rows: 20_000_000, cols: 64, label: 'table/C3' } as const;
  expect(() => backend.createBuffer(table)).toThrow(
    expect.objectContaining({
      code: 'backend/out-of-memory',
      message:
        `[backend] buffer "table/C3": must fit ${maxTotalBytes} bytes, and ${maxTotalBytes} with the 0 bytes in use, ` +
        'got 5120000000 bytes. Compress the table (kind "tt" or "hash"), or choose a backend with more memory.',
    }),
  );
  expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0, peakBytes: 0 });
});

test('maxTotalBytes limits all buffers together', async () => {
  const backend = await createWasmBackend({ maxTotalBytes: MiB });
  const half = { dtype: 'float32', rows: 1024, cols: 129, label: 'half' } as const;
  backend.createBuffer(half).dispose();
  backend.createBuffer(half);
  expect(() => backend.createBuffer(half)).toThrow(
    expect.objectContaining({ code: 'backend/out-of-memory' }),
  );
});

test('memory that the system refuses is an error, and what was there stays usable', () => {
  const memory = fullMemory();
  const { address } = memory.allocate(1000);
  expect(() => memory.allocate(2 ** 16)).toThrow(RangeError);
  memory.free(address);
  expect(memory.allocate(2000)).toEqual({ address, used: 1024 });
});

test('working memory only grows, in one piece', () => {
  const memory = fullMemory();
  const first = memory.workspace(100);
  expect(memory.workspace(50)).toBe(first);
  memory.workspace(10_000);
  expect(memory.workspace(10_000)).toBe(first);
  expect(() => memory.workspace(100_000)).toThrow(
    expect.objectContaining({
      code: 'backend-wasm/out-of-memory',
      message:
        '[backend-wasm] working memory of a kernel: must be what the engine has left beside the buffers, ' +
        'got 100000 bytes. Use smaller batches or tables.',
    }),
  );
  expect(memory.workspace(10_000)).toBe(first);
});

test('kernels reach what lies past 2 GiB, where addresses are negative as signed integers', async () => {
  const backend = await createWasmBackend({ maxTotalBytes: 2 ** 32 });
  // Nobody touches it, so the system need not find memory for it.
  backend.createBuffer({ dtype: 'float32', rows: 2 ** 14 + 1, cols: 2 ** 15, label: 'below' });
  const [a, b, out] = ['a', 'b', 'out'].map((label) => {
    const buffer = backend.createBuffer({ dtype: 'float32', rows: 9, cols: 9, label });
    backend.write(
      buffer,
      Float32Array.from({ length: 81 }, (_, i) => (i % 10 === 0 ? 1 : 0)),
    );
    return wholeBlock(buffer);
  }) as [Block, Block, Block];
  backend.write(
    b.buffer,
    Float32Array.from({ length: 81 }, (_, i) => i),
  );
  backend.matmul({ a, b, out });
  // The unit matrix times b.
  expect([...(await backend.read(out.buffer))]).toEqual(Array.from({ length: 81 }, (_, i) => i));
  backend.update({ rule: 'sgd', weights: out.buffer, gradients: b, learningRate: 1, epsilon: 0 });
  expect(new Set(await backend.read(out.buffer))).toEqual(new Set([0]));
});

test.each([1, 2])(
  '10,000 training steps on %s threads keep buffers, bytes and the memory itself as they were',
  async (threads) => {
    const memories = watchedMemories();
    const backend = await createWasmBackend({ threads });
    const heldBytes = () => memories.map(({ buffer }) => buffer.byteLength);
    const block = (label: string, rows: number, cols: number): Block =>
      wholeBlock(backend.createBuffer({ dtype: 'float32', rows, cols, label }));
    const [x, w, y, bias] = [block('x', 16, 24), block('w', 8, 24), block('y', 16, 8), block('bias', 1, 8)];
    const [gradient, gradW, gradBias] = [
      block('gradient', 16, 8),
      block('gradW', 8, 24),
      block('gradBias', 1, 8),
    ];
    const step = (): void => {
      backend.matmul({ a: x, b: w, transposeB: true, bias, activation: 'relu', out: y });
      backend.copy({ from: y, to: gradient });
      backend.biasActivationBackward({ output: y, gradient, gradBias, activation: 'relu' });
      backend.matmul({ a: gradient, transposeA: true, b: x, out: gradW });
      backend.update({ rule: 'sgd', weights: w.buffer, gradients: gradW, learningRate: 1e-3, epsilon: 0 });
      backend.createBuffer({ dtype: 'float32', rows: 3, cols: 5, label: 'short-lived' }).dispose();
    };
    for (let i = 0; i < 10; i++) step();
    await backend.sync();
    const before = { ...backend.memory(), held: heldBytes() };
    for (let i = 0; i < 10_000; i++) step();
    await backend.sync();
    expect({ ...backend.memory(), held: heldBytes() }).toEqual(before);
    await backend.dispose();
  },
);

test('memory grows once for what is told of beforehand', async () => {
  const memories = watchedMemories();
  const backend = await createWasmBackend();
  backend.reserve(100 * MiB);
  const held = memories[0]!.buffer.byteLength;
  expect(held).toBeGreaterThan(100 * MiB);
  for (let i = 0; i < 99; i++) {
    backend.createBuffer({ dtype: 'float32', rows: 1024, cols: 256, label: `part ${i}` });
  }
  expect(memories[0]!.buffer.byteLength).toBe(held);
  await backend.dispose();
});

test('more than can be had is no error before it is allocated', async () => {
  const backend = await createWasmBackend({ maxTotalBytes: MiB });
  backend.reserve(2 ** 40);
  backend.createBuffer({ dtype: 'float32', rows: 1024, cols: 128, label: 'half' }).dispose();
  await backend.dispose();
});
