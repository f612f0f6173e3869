import { wholeBlock, type Backend } from '@ttrec/backend';
import { createGpuBackend, GPU_HOST_ROWS } from '@ttrec/backend-gpu';
import { afterEach, beforeEach, expect, test } from 'vitest';

let backend: Backend;
beforeEach(async () => {
  backend = await createGpuBackend({ mode: 'webasm', maxTotalBytes: 2 ** 28 });
});
afterEach(() => backend.dispose());

/** Bags of one row each of a table of two, read at `positions`. */
function lookUp(positions: readonly number[], length: number): Promise<Float32Array> {
  const buffer = (dtype: 'float32' | 'uint32', rows: number, cols: number) =>
    backend.createBuffer({ dtype, rows, cols, label: `${dtype} ${rows} x ${cols}` });
  const [table, out] = [buffer('float32', 2, 1), buffer('float32', 2, 1)];
  const [offsets, lookupRow] = [buffer('uint32', 1, 3), buffer('uint32', 1, positions.length)];
  backend.write(table, Float32Array.of(5, 6));
  backend.write(offsets, Uint32Array.of(0, 1, 2));
  backend.write(lookupRow, Uint32Array.from(positions));
  backend.bagForward({
    rows: wholeBlock(table),
    index: {
      bags: 2,
      offsets: { buffer: offsets, start: 0, length: 3 },
      lookupRow: { buffer: lookupRow, start: 0, length },
    },
    pooling: 'sum',
    out: wholeBlock(out),
    columns: [0],
  });
  return backend.read(out);
}

test('a position that float32 cannot tell from its neighbour is refused, by buffer and value', async () => {
  await expect(lookUp([1, 2 ** 24], 2)).rejects.toMatchObject({
    code: 'backend-gpu/index-too-large',
    message: expect.stringContaining('positions in "uint32 1 x 2": must be below 16777216'),
  });
});

test('positions beside the range that a kernel reads may be anything', async () => {
  expect(await lookUp([1, 0, 2 ** 32 - 1], 2)).toEqual(Float32Array.of(6, 5));
});

test('a buffer past the limits is refused when it is made, with the limit and what to change', () => {
  const spec = { dtype: 'float32', cols: 1, label: 'table/C3/weight' } as const;
  expect(() => backend.createBuffer({ ...spec, rows: 2 ** 24 + 1 })).toThrow(
    /"table\/C3\/weight": rows and cols must be integers from 1 to 16777216, got 16777217 x 1\. Compress the table \(kind "tt"/,
  );
  expect(() => backend.createBuffer({ ...spec, rows: 2 ** 23, cols: 16 })).toThrow(
    /must fit 268435456 bytes.* got 536870912 bytes\. Compress the table/,
  );
  expect(backend.memory().buffers).toBe(0);
});

test('a table of more rows than a device dispatches is kept on the host', async () => {
  const rows = GPU_HOST_ROWS.aboveRows + 1;
  const table = { rows, cols: 1 };
  const buffer = backend.createBuffer({ dtype: 'float32', rows, cols: 1, label: 'table/C4/weight', table });
  backend.write(buffer, Float32Array.of(3), rows - 1);
  expect(await backend.read(buffer, rows - 2, 2)).toEqual(Float32Array.of(0, 3));
});
