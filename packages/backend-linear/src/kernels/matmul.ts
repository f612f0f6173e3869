import type { BiasActivationBackwardArgs, MatmulArgs } from '@ttrec/backend/kernels';
import { strideOf, type Engine } from '../engine.ts';
import type { Split } from '../call.ts';

/** Nanoseconds. A multiply-add at 40 GFLOP/s; a number that is read, added to and written back. */
const MULTIPLY_ADD = 0.05;
const PASS = 0.3;
/**
 * Least rows or columns of a part. A part must not have so few columns that it would be summed as dot products where the whole is
 * not, nor so few rows that it would pack the other operand for them.
 */
const GRAIN = 32;

/**
 * Cut along the longer side of the result, since every part reads, and packs, all of the operand of the other side; so
 * each thread has one part. Every number of the result is one sum, which no cut goes through. Panels that are kept are whole: between rows.
 */
export function matmul(engine: Engine, args: MatmulArgs): void {
  const { a, b, out, transposeA = false, bias, activation } = args;
  const inner = transposeA ? a.rows : a.cols;
  const { sizes, threads } = engine;
  // Each thread needs rows enough: panels are read as a whole.
  const panelBytes = (out.rows >= GRAIN * threads && sizes.keptPanels?.(out.rows, inner, out.cols)) || 0;
  const isTransposed = args.transposeB === true;
  // Thin results are dot products, which read b as it is.
  const kept = isTransposed && !transposeA && out.cols >= 4 ? engine.kept.of(b, panelBytes) : undefined;
  const hasPanels = kept !== undefined && panelBytes > 0;
  const columns = hasPanels ? undefined : kept;
  const fills = hasPanels && kept.fills;
  const transposeB = isTransposed && !columns;
  const byRows = hasPanels || out.rows >= out.cols;
  const split = {
    units: byRows ? out.rows : out.cols,
    grain: GRAIN,
    cost: MULTIPLY_ADD * out.rows * inner * out.cols,
    partsPerThread: 1,
  };
  const [lda, ldb, ldc] = [strideOf(a), columns?.stride ?? strideOf(b), strideOf(out)];
  const [fromA, fromB, to] = [engine.block(a), columns?.address ?? engine.block(b), engine.block(out)];
  engine.run(
    'matmul',
    [
      ...[byRows ? engine.perUnit(fromA, transposeA ? 4 : lda) : fromA, lda, Number(transposeA)],
      ...[byRows ? fromB : engine.perUnit(fromB, transposeB ? ldb : 4), ldb, Number(transposeB)],
      ...[engine.perUnit(to, byRows ? ldc : 4), ldc],
      ...[byRows ? engine.countOf(out.rows) : out.rows, inner, byRows ? out.cols : engine.countOf(out.cols)],
      ...[bias ? engine.perUnit(engine.block(bias), byRows ? 0 : 4) : 0, Number(activation === 'relu')],
      engine.workspace(sizes.matmulWorkspace(out.rows, inner, out.cols)),
      ...[hasPanels ? kept.address : 0, Number(fills)],
    ],
    // One part alone fills panels.
    fills ? undefined : split,
  );
}

/**
 * Cut between columns, whose sums over the rows stay whole. One wide part for each thread: the processor reads ahead along
 * a row, and in four parts of 512 columns the pass takes 1.6 times as long as in one, in two 1.15 times.
 */
export function biasActivationBackward(engine: Engine, args: BiasActivationBackwardArgs): void {
  const { output, gradient, gradBias, activation } = args;
  const { rows, cols } = gradient;
  const split: Split = { units: cols, grain: 16, cost: PASS * rows * cols, partsPerThread: 1 };
  engine.run(
    'biasActivationBackward',
    [
      ...[engine.perUnit(engine.block(output), 4), strideOf(output)],
      ...[engine.perUnit(engine.block(gradient), 4), strideOf(gradient)],
      ...[
        engine.perUnit(engine.block(gradBias), 4),
        rows,
        engine.countOf(cols),
        Number(activation === 'relu'),
      ],
    ],
    split,
  );
}
