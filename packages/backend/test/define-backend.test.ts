import { wholeBlock, type Backend, type DeviceBuffer } from '@ttrec/backend';
import { expect, test } from 'vitest';
import { createPlainBackend, doNothing } from './plain-backend.ts';

function matrix(backend: Backend, rows = 2, cols = 3): DeviceBuffer {
  return backend.createBuffer({ dtype: 'float32', rows, cols, label: `${rows}x${cols}` });
}

test('an error of the engine surfaces at read and sync, not at the call, and the first one stays', async () => {
  const ran: string[] = [];
  const backend = createPlainBackend({
    kernels: {
      ...doNothing,
      fill: ({ value }) => {
        ran.push(`fill ${value}`);
        if (value < 0) throw new Error(`kernel failed at ${value}`);
      },
    },
  });
  const buffer = matrix(backend);
  const out = wholeBlock(buffer);
  for (const value of [1, -1, -2, 3]) expect(() => backend.fill({ out, value })).not.toThrow();
  await expect(backend.sync()).rejects.toThrow('kernel failed at -1');
  await expect(backend.read(buffer)).rejects.toThrow('kernel failed at -1');
  // Nothing runs after a failure: what it would compute from is not there.
  expect(ran).toEqual(['fill 1', 'fill -1']);
});

test('a failed write is an error of the stream as well', async () => {
  const backend = createPlainBackend({
    write: () => {
      throw new Error('queue lost');
    },
  });
  const buffer = matrix(backend);
  backend.write(buffer, new Float32Array(1));
  await expect(backend.sync()).rejects.toThrow('queue lost');
});

test('wrong arguments throw at once and leave the stream as good as it was', async () => {
  const backend = createPlainBackend();
  const buffer = matrix(backend);
  const out = { ...wholeBlock(buffer), rows: 3 };
  expect(() => backend.fill({ out, value: 1 })).toThrow(
    expect.objectContaining({
      code: 'backend/bad-block',
      message:
        '[backend] fill out: must be a float32 block inside "2x3" (2 x 3, float32), got 3 x 3 at 0, 0.',
    }),
  );
  await expect(backend.sync()).resolves.toBeUndefined();
});

test('an engine without memory left is told in the same words as a limit', () => {
  const cause = new RangeError('Array buffer allocation failed');
  const backend = createPlainBackend({
    allocate: () => {
      throw cause;
    },
  });
  expect(() => matrix(backend)).toThrow(
    expect.objectContaining({
      code: 'backend/out-of-memory',
      message:
        '[backend] buffer "2x3": must be memory that the "plain" engine has left, got 24 bytes. ' +
        'Compress the table (kind "tt" or "hash"), or choose a backend with more memory.',
      cause,
    }),
  );
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0, peakBytes: 0 });
});

test('limits are of one buffer, of all together, and of an extent', () => {
  const backend = createPlainBackend();
  const code = 'backend/out-of-memory';
  expect(() => matrix(backend, 1001, 1)).toThrow(expect.objectContaining({ code: 'backend/bad-buffer' }));
  expect(() => matrix(backend, 101, 10)).toThrow(expect.objectContaining({ code }));
  matrix(backend, 100, 10);
  expect(() => matrix(backend, 60, 10)).toThrow(
    'must fit 4000 bytes, and 6000 with the 4000 bytes in use, got 2400 bytes',
  );
  expect(() => matrix(backend, 50, 10)).not.toThrow();
});

test('memory is counted while buffers live; the driver frees each of them once', async () => {
  let freed = 0;
  const backend = createPlainBackend({ free: () => (freed += 1) });
  const first = matrix(backend);
  matrix(backend, 1, 1);
  first.dispose();
  first.dispose();
  expect(freed).toBe(1);
  expect(backend.memory()).toEqual({ buffers: 1, bytes: 4, peakBytes: 28 });
  await backend.dispose();
  expect(freed).toBe(2);
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0, peakBytes: 28 });
});

test('a disposed backend refuses everything and is disposed once', async () => {
  let disposals = 0;
  const backend = createPlainBackend({ dispose: async () => void (disposals += 1) });
  const buffer = matrix(backend);
  await backend.dispose();
  await backend.dispose();
  expect(disposals).toBe(1);
  const error = { code: 'backend/disposed', message: expect.stringContaining('"plain" backend') };
  expect(() => matrix(backend)).toThrow(expect.objectContaining(error));
  expect(() => backend.fill({ out: wholeBlock(buffer), value: 1 })).toThrow(expect.objectContaining(error));
  await expect(backend.read(buffer)).rejects.toMatchObject(error);
  await expect(backend.sync()).rejects.toMatchObject(error);
});

test('a buffer cannot be changed by whoever holds it', () => {
  const buffer = matrix(createPlainBackend());
  expect(() => Object.assign(buffer, { rows: 1000 })).toThrow(TypeError);
});

test('the version of a buffer grows with every write and every kernel that writes it, and with nothing else', () => {
  const backend = createPlainBackend();
  const [weights, state, gradients] = [matrix(backend), matrix(backend), matrix(backend)];
  const versions = () => [weights, state, gradients].map(({ version }) => version);
  const update = { rule: 'adagrad', weights, state, learningRate: 1, epsilon: 0 } as const;
  expect(versions()).toEqual([0, 0, 0]);
  backend.write(weights, new Float32Array(2), 1);
  expect(versions()).toEqual([1, 0, 0]);
  backend.update({ ...update, gradients: wholeBlock(gradients) });
  expect(versions()).toEqual([2, 1, 0]);
  backend.copy({ from: wholeBlock(weights), to: wholeBlock(gradients) });
  expect(versions()).toEqual([2, 1, 1]);
  void backend.read(weights);
  expect(() => backend.write(weights, new Float32Array(7))).toThrow();
  expect(() => backend.update({ ...update, gradients: wholeBlock(gradients, 1) })).toThrow();
  expect(versions()).toEqual([2, 1, 1]);
});
