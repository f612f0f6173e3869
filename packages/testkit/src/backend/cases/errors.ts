import { wholeBlock, type Backend, type Block, type DeviceBuffer } from '@ttrec/backend';
import { benchCase, requireError, requireSame, type ConformanceCase } from '../conformance-case.ts';
import { createDryBackend } from '../dry-backend.ts';
import type { Workbench } from '../workbench.ts';

async function checkDisposedBuffer({ backend }: Workbench): Promise<void> {
  const buffer = backend.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label: 'gone' });
  requireSame('owned while it lives', [Number(backend.owns(buffer))], [1]);
  buffer.dispose();
  requireSame('owned afterwards', [Number(backend.owns(buffer))], [0]);
  const words = /buffer "gone".*must be alive/;
  await requireError(() => backend.write(buffer, new Float32Array(1)), 'backend/disposed', words);
  await requireError(() => backend.read(buffer), 'backend/disposed', words);
  await requireError(() => backend.fill({ out: wholeBlock(buffer), value: 0 }), 'backend/disposed', words);
}

async function checkForeignBuffer({ backend }: Workbench): Promise<void> {
  const other = createDryBackend();
  const foreign = other.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label: 'foreign' });
  requireSame('owned by another', [Number(backend.owns(foreign))], [0]);
  const words = /buffer "foreign".*another backend/;
  await requireError(() => backend.write(foreign, new Float32Array(1)), 'backend/disposed', words);
  await requireError(() => backend.fill({ out: wholeBlock(foreign), value: 0 }), 'backend/disposed', words);
  await other.dispose();
}

async function checkBlocks(bench: Workbench): Promise<void> {
  const buffer = bench.buffer(4, 5);
  const fill = (change: Partial<Block>) => () =>
    bench.backend.fill({ out: { ...wholeBlock(buffer), ...change }, value: 0 });
  const words = /fill out.*\(4 x 5, float32\).*got/;
  for (const change of [{ row: 1 }, { column: -1 }, { cols: 6 }, { rows: -1 }, { row: 0.5, rows: 1 }]) {
    await requireError(fill(change), 'backend/bad-block', words);
  }
  const index = bench.buffer(4, 5, 'uint32');
  await requireError(fill({ buffer: index }), 'backend/bad-block', /uint32/);
}

async function checkShapes(bench: Workbench): Promise<void> {
  const matrix = (rows: number, cols: number): Block => wholeBlock(bench.buffer(rows, cols));
  const mismatch = 'backend/shape-mismatch';
  await requireError(
    () => bench.backend.matmul({ a: matrix(2, 3), b: matrix(4, 5), out: matrix(2, 5) }),
    mismatch,
    /matmul b rows.*must be 3, got 4/,
  );
  await requireError(
    () => bench.backend.copy({ from: matrix(2, 3), to: matrix(3, 2) }),
    mismatch,
    /copy from rows.*must be 3, got 2/,
  );
  await requireError(
    () => bench.backend.multiply({ a: matrix(2, 3), b: matrix(2, 1), out: matrix(2, 3) }),
    mismatch,
    /multiply b cols.*must be 3, got 1/,
  );
  const weights = bench.buffer(4, 3);
  const step = { weights, gradients: matrix(4, 3), learningRate: 1, epsilon: 0 };
  await requireError(
    () => bench.backend.update({ ...step, rule: 'adagrad' }),
    mismatch,
    /update state.*must be given for adagrad/,
  );
  await requireError(
    () => bench.backend.update({ ...step, rule: 'momentum' as 'sgd' }),
    mismatch,
    /update rule.*sgd, adagrad, rowwise-adagrad, adam, rowwise-adam, ftrl, got momentum/,
  );
  const state = bench.buffer(4, 6);
  await requireError(
    () => bench.backend.update({ ...step, rule: 'adam', state, beta1: 0.9, beta2: 0.999 }),
    mismatch,
    /update step.*integer from 1/,
  );
  await requireError(
    () => bench.backend.update({ ...step, rule: 'adam', state, step: 1, beta1: 1, beta2: 0.999 }),
    mismatch,
    /update beta1.*below 1, got 1/,
  );
}

/** A misspelt argument must not be taken for one that was left out. */
async function checkNames(bench: Workbench): Promise<void> {
  const { backend } = bench;
  const matrix = (rows: number, cols: number): Block => wholeBlock(bench.buffer(rows, cols));
  const args = { a: matrix(2, 2), b: matrix(2, 2), out: matrix(2, 2) };
  const run = (change: object) => () => backend.matmul({ ...args, ...change });
  await requireError(
    run({ transposeb: true }),
    'backend/unknown-option',
    /matmul.*Did you mean "transposeB"/,
  );
  await requireError(
    run({ transposeB: 'no' }),
    'backend/shape-mismatch',
    /transposeB.*true or false, got no/,
  );
  const spec = { dtype: 'float64' as 'float32', rows: 1, cols: 1, label: 'wide' };
  await requireError(
    () => backend.createBuffer(spec),
    'backend/bad-option',
    /dtype.*float32, uint32, got float64/,
  );
  const misspelt = { ...spec, dtype: 'float32' as const, columns: 3 };
  await requireError(() => backend.createBuffer(misspelt), 'backend/unknown-option', /got columns/);
}

async function checkOverlap(bench: Workbench): Promise<void> {
  const buffer = bench.buffer(4, 4);
  const block = { buffer, row: 0, rows: 2, cols: 3 };
  await requireError(
    () => bench.backend.copy({ from: { ...block, column: 0 }, to: { ...block, column: 1 } }),
    'backend/overlap',
    /copy to.*must not overlap from/,
  );
}

async function checkRanges(bench: Workbench): Promise<void> {
  const buffer = bench.buffer(2, 3);
  const { backend } = bench;
  const words = /must stay within 6 elements, got 3 from 4/;
  await requireError(() => backend.write(buffer, new Float32Array(3), 4), 'backend/bad-range', words);
  await requireError(() => backend.read(buffer, 4, 3), 'backend/bad-range', words);
  await requireError(() => backend.read(buffer, -1), 'backend/bad-range', /got 7 from -1/);
  const block = { ...wholeBlock(buffer), row: 1 };
  await requireError(() => backend.read(block), 'backend/bad-range', /within 2 x 3, got 2 x 3 at 1, 0/);
  await requireError(() => backend.read({ ...block, rows: 0.5 }), 'backend/bad-range', /0.5 x 3/);
  await requireError(() => backend.read(wholeBlock(buffer), 1), 'backend/bad-read', /no start/);
  const index = bench.buffer(1, 4, 'uint32');
  await requireError(() => backend.write(index, new Float32Array(1)), 'backend/bad-write', /must be uint32/);
  await requireError(() => backend.write(buffer, new Uint32Array(1)), 'backend/bad-write', /must be float32/);
  await requireError(() => backend.read(index), 'backend/bad-read', /only float32 buffers are read/);
}

async function checkCreation({ backend }: Workbench): Promise<void> {
  const create = (rows: number, cols: number) => (): DeviceBuffer =>
    backend.createBuffer({ dtype: 'float32', rows, cols, label: 'table/C3' });
  for (const [rows, cols] of [
    [0, 1],
    [1, -1],
    [1.5, 1],
    [NaN, 1],
  ] as const) {
    await requireError(create(rows, cols), 'backend/bad-buffer', /buffer "table\/C3".*must be integers/);
  }
  const { maxExtent, maxTotalBytes } = backend.capabilities;
  await requireError(create(maxExtent + 1, 1), 'backend/bad-buffer', new RegExp(`to ${maxExtent}`));
  const rows = Math.min(maxExtent, Math.ceil(Math.sqrt(maxTotalBytes / 4)) + 1);
  const cols = Math.min(maxExtent, Math.ceil(maxTotalBytes / 4 / rows) + 1);
  const words = /buffer "table\/C3".*bytes.*got \d+ bytes.*Compress the table/;
  await requireError(create(rows, cols), 'backend/out-of-memory', words);
}

async function checkDisposedBackend(backend: Backend): Promise<void> {
  const buffer = backend.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label: 'late' });
  await backend.dispose();
  await backend.dispose();
  const words = /must be alive/;
  const spec = { dtype: 'float32', rows: 1, cols: 1, label: 'later' } as const;
  await requireError(() => backend.createBuffer(spec), 'backend/disposed', words);
  await requireError(() => backend.read(buffer), 'backend/disposed', words);
  await requireError(() => backend.sync(), 'backend/disposed', words);
}

/** A call that was refused must leave the stream as good as it was. */
async function checkAfterRefusal(bench: Workbench): Promise<void> {
  const buffer = bench.buffer(1, 2);
  const refused = (): void => bench.backend.write(buffer, new Float32Array(3));
  await requireError(refused, 'backend/bad-range', /3 from 0/);
  bench.backend.fill({ out: wholeBlock(buffer), value: 2 });
  const want = { rows: 1, cols: 2, data: Float64Array.of(2, 2) };
  const placed = { block: wholeBlock(buffer), whole: new Float32Array(2) };
  await bench.expectBlock('buffer', placed, want, { scale: want, terms: 0 });
}

export const errorCases: readonly ConformanceCase[] = [
  benchCase('a disposed buffer is refused', checkDisposedBuffer),
  benchCase('a buffer of another backend is refused', checkForeignBuffer),
  benchCase('a block outside its buffer, or of positions, is refused', checkBlocks),
  benchCase('shapes that do not fit together are refused', checkShapes),
  benchCase('misspelt arguments are refused', checkNames),
  benchCase('an output over an input is refused', checkOverlap),
  benchCase('ranges and types of writes and reads are checked', checkRanges),
  benchCase('impossible and oversized buffers are refused', checkCreation),
  benchCase('the stream continues after a rejected call', checkAfterRefusal),
  { name: 'a disposed backend is refused', run: checkDisposedBackend },
];
