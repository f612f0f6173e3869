import { benchCase, requireError, type ConformanceCase } from '../conformance-case.ts';
import { absolute, at, matrixOf } from '../matrix.ts';
import type { Workbench } from '../workbench.ts';

const sizes = [
  [1, 1],
  [5, 4],
  [7, 3],
  [33, 70],
] as const;

async function checkAdd(bench: Workbench, [rows, cols]: readonly [number, number]): Promise<void> {
  const [x, y] = [bench.normal(rows, cols), bench.normal(rows, cols)];
  const [a, b] = [bench.place(x), bench.place(y)];
  const out = bench.output(rows, cols);
  bench.backend.add({ a: a.block, b: b.block, out: out.block });
  const plain = matrixOf(rows, cols, (i, j) => at(x, i, j) + at(y, i, j));
  await bench.expectBlock('out', out, plain, { scale: absolute(plain), terms: 1 });
  await bench.expectUnchanged('a', a);
  await bench.expectUnchanged('b', b);
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

async function checkSquares(bench: Workbench, [rows, cols]: readonly [number, number]): Promise<void> {
  const x = bench.normal(rows, cols);
  const a = bench.place(x);
  const out = bench.output(1, 1);
  bench.backend.sumOfSquares({ a: a.block, out: out.block });
  const want = matrixOf(1, 1, () => x.data.reduce((sum, value) => sum + value * value, 0));
  await bench.expectBlock('out', out, want, { scale: want, terms: rows * cols + 1 });
  await bench.expectUnchanged('a', a);
}

export const addCases: readonly ConformanceCase[] = [
  ...sizes.map((size) => benchCase(`add, ${size.join(' x ')}`, (bench) => checkAdd(bench, size))),
  benchCase('add onto a block that is shifted', checkOverlap),
  ...sizes.map((size) =>
    benchCase(`sumOfSquares, ${size.join(' x ')}`, (bench) => checkSquares(bench, size)),
  ),
];
