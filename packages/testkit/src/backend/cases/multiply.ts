import { benchCase, type ConformanceCase } from '../conformance-case.ts';
import { absolute, matrixOf } from '../matrix.ts';
import type { Workbench } from '../workbench.ts';

/** Around the widths of vectors, and more than one row each. */
const sizes = [
  [1, 1],
  [5, 4],
  [7, 3],
  [33, 70],
] as const;

async function checkMultiply(bench: Workbench, [rows, cols]: readonly [number, number]): Promise<void> {
  const [x, y] = [bench.normal(rows, cols), bench.normal(rows, cols)];
  const [a, b] = [bench.place(x), bench.place(y)];
  const out = bench.output(rows, cols);
  bench.backend.multiply({ a: a.block, b: b.block, out: out.block });
  const want = matrixOf(rows, cols, (i, j) => x.data[i * cols + j]! * y.data[i * cols + j]!);
  await bench.expectBlock('out', out, want, { scale: absolute(want), terms: 1 });
  await bench.expectUnchanged('a', a);
  await bench.expectUnchanged('b', b);
}

async function checkSquare(bench: Workbench): Promise<void> {
  const x = bench.normal(3, 5);
  const a = bench.place(x);
  const out = bench.output(3, 5);
  bench.backend.multiply({ a: a.block, b: a.block, out: out.block });
  const want = matrixOf(3, 5, (i, j) => x.data[i * 5 + j]! ** 2);
  await bench.expectBlock('out', out, want, { scale: want, terms: 1 });
}

export const multiplyCases: readonly ConformanceCase[] = [
  ...sizes.map((size) => benchCase(`multiply, ${size.join(' x ')}`, (bench) => checkMultiply(bench, size))),
  benchCase('multiply a block by itself', checkSquare),
];
