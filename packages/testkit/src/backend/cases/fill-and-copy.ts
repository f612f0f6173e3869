import { benchCase, type ConformanceCase } from '../conformance-case.ts';
import { matrixOf, zeros } from '../matrix.ts';
import type { Workbench } from '../workbench.ts';

const sizes = [
  [1, 1],
  [7, 3],
  [33, 70],
] as const;

async function checkFill(bench: Workbench, [rows, cols]: readonly [number, number]): Promise<void> {
  const out = bench.output(rows, cols);
  bench.backend.fill({ out: out.block, value: -1.5 });
  const exact = { scale: zeros(rows, cols), terms: 0 };
  await bench.expectBlock(
    'out',
    out,
    matrixOf(rows, cols, () => -1.5),
    exact,
  );
}

async function checkCopy(bench: Workbench, [rows, cols]: readonly [number, number]): Promise<void> {
  const source = bench.normal(rows, cols);
  const from = bench.place(source);
  const to = bench.output(rows, cols);
  bench.backend.copy({ from: from.block, to: to.block });
  await bench.expectBlock('to', to, source, { scale: zeros(rows, cols), terms: 0 });
  await bench.expectUnchanged('from', from);
}

/** Two blocks of one buffer that share no element. */
async function checkCopyWithin(bench: Workbench): Promise<void> {
  const numbers = bench.normal(4, 6);
  const placed = bench.placeWhole(numbers);
  const { buffer } = placed.block;
  const half = { buffer, row: 1, rows: 3, cols: 3 };
  bench.backend.copy({ from: { ...half, column: 0 }, to: { ...half, column: 3 } });
  const want = matrixOf(4, 6, (i, j) => numbers.data[i * 6 + (i > 0 ? j % 3 : j)]!);
  await bench.expectBlock('buffer', placed, want, { scale: zeros(4, 6), terms: 0 });
}

export const fillAndCopyCases: readonly ConformanceCase[] = [
  ...sizes.flatMap((size) => [
    benchCase(`fill, ${size.join(' x ')}`, (bench) => checkFill(bench, size)),
    benchCase(`copy, ${size.join(' x ')}`, (bench) => checkCopy(bench, size)),
  ]),
  benchCase('copy between two blocks of one buffer', checkCopyWithin),
];
