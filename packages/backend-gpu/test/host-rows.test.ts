import { wholeBlock, type Backend, type HostRows, type OptimizerRule } from '@ttrec/backend';
import { stateCols } from '@ttrec/backend/kernels';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { createGpuBackend } from '@ttrec/backend-gpu';
import { RandomStream } from '@ttrec/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const [ROWS, DIM, BAGS] = [11, 3, 4];
const table = { rows: ROWS, cols: DIM };

let backend: Backend;
const reference = createCpuBackend();
beforeAll(async () => {
  // Every table is kept on the host, however small.
  backend = await createGpuBackend({ mode: 'webasm', hostRows: { aboveBytes: 0, aboveRows: 0 } });
});
afterAll(() => backend.dispose());

function normals(length: number, name: string): Float32Array {
  const stream = new RandomStream(4, name);
  return Float32Array.from({ length }, () => stream.nextNormal());
}

function tableOn(engine: Backend, name: string, cols = DIM) {
  const buffer = engine.createBuffer({ dtype: 'float32', rows: ROWS, cols, label: name, table });
  engine.write(buffer, normals(ROWS * cols, name));
  return buffer;
}

function positions(engine: Backend, values: readonly number[]) {
  const buffer = engine.createBuffer({ dtype: 'uint32', rows: 1, cols: values.length, label: 'positions' });
  engine.write(buffer, Uint32Array.from(values));
  return { buffer, start: 0, length: values.length };
}

/** Both engines' numbers, which differ by the rounding of a few float32 sums. */
async function expectLikeReference(run: (engine: Backend) => Promise<Float32Array>): Promise<void> {
  const [got, want] = [await run(backend), await run(reference)];
  expect(got).toHaveLength(want.length);
  want.forEach((value, i) => expect(got[i], `element ${i}`).toBeCloseTo(value, 5));
}

describe.each([
  ['sum', false],
  ['mean', false],
  ['sum', true],
] as const)('bags of %s, weighted %s', (pooling, weighted) => {
  test('are pooled from rows on the host as from rows on the device', async () => {
    await expectLikeReference((engine) => pool(engine, pooling, weighted));
  });
});

/** Bags of one, no, three and two rows, into a column block of a wider matrix. */
async function pool(engine: Backend, pooling: 'sum' | 'mean', weighted: boolean): Promise<Float32Array> {
  const out = engine.createBuffer({ dtype: 'float32', rows: BAGS, cols: DIM + 2, label: 'out' });
  const weights = engine.createBuffer({ dtype: 'float32', rows: 1, cols: 6, label: 'weights' });
  engine.write(weights, normals(6, 'weights'));
  engine.bagForward({
    rows: wholeBlock(tableOn(engine, 'table')),
    index: {
      bags: BAGS,
      offsets: positions(engine, [0, 1, 1, 4, 6]),
      lookupRow: positions(engine, [ROWS - 1, 3, 3, 0, 7, 2]),
    },
    pooling,
    ...(weighted && { weights: { buffer: weights, start: 0, length: 6 } }),
    out: wholeBlock(out),
    columns: [1],
  });
  return engine.read(out);
}

test.each<OptimizerRule>(['sgd', 'adagrad', 'rowwise-adagrad', 'adam', 'rowwise-adam', 'ftrl'])(
  'two steps of %s on rows of the host',
  async (rule) => {
    await expectLikeReference(async (engine) => {
      const weights = tableOn(engine, 'weights');
      const state = engine.createBuffer({
        dtype: 'float32',
        rows: ROWS,
        cols: Math.max(1, stateCols(rule, DIM)),
        label: 'state',
        table,
      });
      const lastStep = engine.createBuffer({ dtype: 'float32', rows: ROWS, cols: 1, label: 'last', table });
      const batches = [['first', [9, 0, 4], 1] as const, ['second', [4, 10, 1], 2] as const];
      for (const [name, touched, step] of batches) {
        const gradients = engine.createBuffer({ dtype: 'float32', rows: 4, cols: DIM + 1, label: name });
        engine.write(gradients, normals(4 * (DIM + 1), name));
        const rows = positions(engine, touched);
        const block = { buffer: gradients, row: 1, column: 1, rows: 3, cols: DIM };
        const squares = { buffer: gradients, row: 0, column: 0, rows: 1, cols: 1 };
        const clip = { squares, norm: 0.5 };
        engine.sumOfSquares({ a: block, out: squares });
        const shared = { weights, gradients: block, rows, learningRate: 0.1, step };
        engine.regularize({ ...shared, l2: 0.1, weightDecay: 0.2, lastStep, clip });
        engine.update({
          ...shared,
          rule,
          ...(rule !== 'sgd' && { state }),
          epsilon: 1e-6,
          beta1: 0.9,
          beta2: 0.999,
        });
      }
      return Float32Array.of(...(await engine.read(weights)), ...(await engine.read(state)));
    });
  },
);

test('parts of a table on the host are read and written', async () => {
  const weights = tableOn(backend, 'parts');
  backend.write(weights, Float32Array.of(1, 2), 4);
  expect(await backend.read(weights, 3, 4)).toEqual(
    Float32Array.of(normals(ROWS * DIM, 'parts')[3]!, 1, 2, normals(ROWS * DIM, 'parts')[6]!),
  );
});

test('a kernel that wants such a table on the device says so', async () => {
  const other = await createGpuBackend({ mode: 'webasm', hostRows: { aboveBytes: 0, aboveRows: 0 } });
  const weights = tableOn(other, 'table/C3/weight');
  other.fill({ out: wholeBlock(weights), value: 1 });
  await expect(other.read(weights)).rejects.toMatchObject({
    code: 'backend-gpu/on-host',
    message: expect.stringMatching(
      /buffer "table\/C3\/weight": is kept on the host.*Raise hostRows.aboveBytes and hostRows.aboveRows, or .* without "table"/,
    ),
  });
  await other.dispose();
});

test.each<[string, HostRows, object]>([
  ['raised limits', { aboveBytes: 4 * ROWS * DIM, aboveRows: ROWS }, { table: { rows: ROWS, cols: DIM } }],
  ['a buffer without "table"', { aboveBytes: 0, aboveRows: 0 }, {}],
])('what it suggests helps: %s', async (_, hostRows, more) => {
  const other = await createGpuBackend({ mode: 'webasm', hostRows });
  const weights = other.createBuffer({ dtype: 'float32', rows: ROWS, cols: DIM, label: 'weights', ...more });
  other.fill({ out: wholeBlock(weights), value: 1 });
  expect(new Set(await other.read(weights))).toEqual(new Set([1]));
  await other.dispose();
});
