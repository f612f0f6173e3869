import { wholeBlock } from '@ttrec/backend';
import { createDryBackend, recordingBackend } from '@ttrec/testkit/backend';
import { expect, test } from 'vitest';

test('kernels are counted with their multiply-adds, in order', () => {
  const backend = recordingBackend();
  const matrix = (rows: number, cols: number) =>
    wholeBlock(backend.createBuffer({ dtype: 'float32', rows, cols, label: 'm' }));
  const out = matrix(2, 5);
  backend.matmul({ a: matrix(2, 3), b: matrix(3, 5), out });
  backend.fill({ out, value: 1 });
  backend.matmul({ a: matrix(2, 7), b: matrix(5, 7), out, transposeB: true });
  const { calls, counts, multiplyAdds } = backend.recording();
  expect(calls).toEqual([
    { name: 'matmul', multiplyAdds: 30 },
    { name: 'fill', multiplyAdds: 0 },
    { name: 'matmul', multiplyAdds: 70 },
  ]);
  expect(counts).toMatchObject({ matmul: 2, fill: 1, copy: 0 });
  expect(multiplyAdds).toBe(100);
});

test('a call that is refused is not counted', () => {
  const backend = recordingBackend();
  const block = wholeBlock(backend.createBuffer({ dtype: 'float32', rows: 2, cols: 2, label: 'm' }));
  expect(() => backend.copy({ from: block, to: { ...block, row: 1 } })).toThrow(
    expect.objectContaining({ code: 'backend/bad-block' }),
  );
  expect(backend.recording().calls).toEqual([]);
});

test('allocations, peak, live bytes and writes are counted, and reset starts over', () => {
  const backend = recordingBackend();
  const spec = { dtype: 'float32', rows: 10, cols: 10, label: 'm' } as const;
  const kept = backend.createBuffer(spec);
  const freed = backend.createBuffer(spec);
  backend.write(kept, new Float32Array(25), 50);
  freed.dispose();
  expect(backend.recording()).toMatchObject({
    allocations: 2,
    allocatedBytes: 800,
    liveBytes: 400,
    peakBytes: 800,
    writtenBytes: 100,
    readBytes: 0,
  });
  backend.reset();
  expect(backend.recording()).toMatchObject({
    allocations: 0,
    allocatedBytes: 0,
    liveBytes: 400,
    peakBytes: 400,
    writtenBytes: 0,
  });
});

test('a dry table of ten million rows has a size and no memory, and no numbers to read', async () => {
  const backend = recordingBackend();
  const table = backend.createBuffer({ dtype: 'float32', rows: 10_000_000, cols: 1024, label: 'table/C3' });
  expect(backend.recording().liveBytes).toBe(40_960_000_000);
  await expect(backend.read(table)).rejects.toMatchObject({
    code: 'testkit/dry-read',
    message:
      '[testkit] read of "table/C3": the dry backend holds no numbers. ' +
      'Record over a backend that computes: recordingBackend(createCpuBackend()).',
  });
  expect(backend.recording().readBytes).toBe(0);
  await backend.sync();
});

test('everything else goes to the backend inside', async () => {
  const inner = createDryBackend();
  const backend = recordingBackend(inner);
  expect(backend.name).toBe('recording dry');
  expect(backend.capabilities).toBe(inner.capabilities);
  backend.createBuffer({ dtype: 'uint32', rows: 1, cols: 2, label: 'ids' });
  expect(inner.memory()).toEqual({ buffers: 1, bytes: 8, peakBytes: 8 });
  await backend.dispose();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0, peakBytes: 8 });
});
