import { benchCase, type ConformanceCase } from '../conformance-case.ts';
import { map, matrixOf, type Matrix } from '../matrix.ts';
import { bceGradientOracle, bceOracle } from '../oracles/bce-with-logits.ts';
import type { Workbench } from '../workbench.ts';

function column(values: readonly number[]): Matrix {
  return matrixOf(values.length, 1, (i) => Math.fround(values[i]!));
}

async function checkBce(bench: Workbench, logits: readonly number[], scale: number): Promise<void> {
  // Every logit meets a negative, a positive and a soft label.
  const z = column(logits.flatMap((logit) => [logit, logit, logit]));
  const y = column(logits.flatMap(() => [0, 1, 0.25]));
  const placed = { logits: bench.place(z), labels: bench.place(y) };
  const losses = bench.output(z.rows, 1);
  const gradLogits = bench.output(z.rows, 1);
  bench.backend.bceWithLogits({
    logits: placed.logits.block,
    labels: placed.labels.block,
    losses: losses.block,
    gradLogits: gradLogits.block,
    scale,
  });
  const want = matrixOf(z.rows, 1, (i) => bceOracle(z.data[i]!, y.data[i]!));
  const gradient = matrixOf(z.rows, 1, (i) => scale * bceGradientOracle(z.data[i]!, y.data[i]!));
  // log(1 + exp(-|z|)) may vanish next to 1 in float32, so that the error is absolute, besides that of z·y.
  const lossScale = map(z, (logit) => 1 + Math.abs(logit));
  await bench.expectBlock('losses', losses, want, { scale: lossScale, terms: 4 });
  const gradScale = map(z, () => Math.abs(scale));
  await bench.expectBlock('gradLogits', gradLogits, gradient, { scale: gradScale, terms: 4 });
  await bench.expectUnchanged('logits', placed.logits);
  await bench.expectUnchanged('labels', placed.labels);
}

export const bceWithLogitsCases: readonly ConformanceCase[] = [
  benchCase('bceWithLogits, one example', (bench) => checkBce(bench, [0.3], 1)),
  benchCase('bceWithLogits, ordinary logits, scale 1 / 128', (bench) =>
    checkBce(bench, [0, ...bench.normal(1, 40).data], 1 / 128),
  ),
  benchCase('bceWithLogits, logits up to ±1e30', (bench) =>
    checkBce(bench, [20, -20, 88, -88, 104, -104, 1000, -1000, 1e30, -1e30], 0.5),
  ),
];
