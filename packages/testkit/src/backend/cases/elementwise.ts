import { benchCase, requireError, type ConformanceCase } from '../conformance-case.ts';
import { absolute, at, matrixOf } from '../matrix.ts';
import type { Workbench } from '../workbench.ts';

type Size = readonly [number, number];

/** Around the widths of vectors, and more than one row each. */
const sizes: readonly Size[] = [
  [1, 1],
  [5, 4],
  [7, 3],
  [33, 70],
];

/** The kernels of two blocks, and what they make of two numbers. */
const kernels = { multiply: (a: number, b: number) => a * b, add: (a: number, b: number) => a + b };

/** @returns the inputs, as they were and as they lie on the backend */
async function checkPair(bench: Workbench, kernel: keyof typeof kernels, [rows, cols]: Size) {
  const [x, y] = [bench.normal(rows, cols), bench.normal(rows, cols)];
  const [a, b] = [bench.place(x), bench.place(y)];
  const out = bench.output(rows, cols);
  bench.backend[kernel]({ a: a.block, b: b.block, out: out.block });
  const want = matrixOf(rows, cols, (i, j) => kernels[kernel](at(x, i, j), at(y, i, j)));
  await bench.expectBlock('out', out, want, { scale: absolute(want), terms: 1 });
  await bench.expectUnchanged('a', a);
  await bench.expectUnchanged('b', b);
  return { x, y, a, b };
}

async function checkAdd(bench: Workbench, [rows, cols]: Size): Promise<void> {
  const { x, y, a, b } = await checkPair(bench, 'add', [rows, cols]);
  // In place, and scaled.
  bench.backend.add({ a: a.block, b: b.block, out: b.block, alpha: 0.25, beta: -3 });
  const want = matrixOf(rows, cols, (i, j) => 0.25 * at(x, i, j) - 3 * at(y, i, j));
  const scale = matrixOf(rows, cols, (i, j) => 0.25 * Math.abs(at(x, i, j)) + 3 * Math.abs(at(y, i, j)));
  await bench.expectBlock('out in place', b, want, { scale, terms: 3 });
}

async function checkOverlap(bench: Workbench): Promise<void> {
  const { block } = bench.output(2, 3);
  const shifted = { ...block, column: block.column + 1 };
  await requireError(
    () => bench.backend.add({ a: block, b: block, out: shifted }),
    'backend/overlap',
    /add out.*must not overlap a/,
  );
}

async function checkSquare(bench: Workbench): Promise<void> {
  const x = bench.normal(3, 5);
  const a = bench.place(x);
  const out = bench.output(3, 5);
  bench.backend.multiply({ a: a.block, b: a.block, out: out.block });
  const want = matrixOf(3, 5, (i, j) => at(x, i, j) ** 2);
  await bench.expectBlock('out', out, want, { scale: want, terms: 1 });
}

async function checkSumOfSquares(bench: Workbench, [rows, cols]: Size): Promise<void> {
  const x = bench.normal(rows, cols);
  const a = bench.place(x);
  const out = bench.output(1, 1);
  bench.backend.sumOfSquares({ a: a.block, out: out.block });
  const want = matrixOf(1, 1, () => x.data.reduce((sum, value) => sum + value * value, 0));
  await bench.expectBlock('out', out, want, { scale: want, terms: rows * cols + 1 });
  await bench.expectUnchanged('a', a);
}

export const elementwiseCases: readonly ConformanceCase[] = [
  ...sizes.flatMap((size) => [
    benchCase(`multiply, ${size.join(' x ')}`, async (bench) => {
      const { x, y, a, b } = await checkPair(bench, 'multiply', size);
      bench.backend.multiply({ a: a.block, b: b.block, out: b.block });
      const want = matrixOf(...size, (i, j) => at(x, i, j) * at(y, i, j));
      await bench.expectBlock('out in place', b, want, { scale: absolute(want), terms: 1 });
    }),
    benchCase(`add, ${size.join(' x ')}`, (bench) => checkAdd(bench, size)),
    benchCase(`sumOfSquares, ${size.join(' x ')}`, (bench) => checkSumOfSquares(bench, size)),
  ]),
  benchCase('multiply a block by itself', checkSquare),
  benchCase('add onto a block that is shifted', checkOverlap),
];
