import {
  sliceLength,
  valueLength,
  type TTBackwardArgs,
  type TTForwardArgs,
  type TTLayout,
} from '@ttrec/backend';
import type { Engine } from './engine.ts';
import { countOf, perUnit, type Split } from './threads/call.ts';

/** The products of level k ≥ 1: [rows, rank] · [rank, cols]. */
interface LevelShape {
  readonly rows: number;
  readonly rank: number;
  readonly cols: number;
  /** Whether a slice, rather than a parent's value, is the larger operand, which has to stay in cache. */
  readonly bySlice: boolean;
}

/** Nanoseconds of a multiply-add in these small products. */
const MULTIPLY_ADD = 0.06;

function shapeOf(layout: TTLayout, k: number): LevelShape {
  const rank = layout.ranks[k]!;
  const rows = valueLength(layout, k - 1) / rank;
  const cols = layout.colShape[k]! * layout.ranks[k + 1]!;
  return { rows, rank, cols, bySlice: cols > rows };
}

function costOf(nodes: number, { rows, rank, cols }: LevelShape): number {
  return MULTIPLY_ADD * nodes * rows * rank * cols;
}

/** A level is cut between its nodes, in the order in which they are computed. The first is a mere copy of few slices. */
export function ttForward(engine: Engine, args: TTForwardArgs): void {
  const { layout, cores, levels, values } = args;
  const first = levels[0]!;
  const length = sliceLength(layout, 0);
  engine.run('ttFirstLevel', [
    ...[engine.buffer(cores[0]!), engine.range(first.digit), first.nodes, length],
    engine.buffer(values[0]!),
  ]);
  for (let k = 1; k < levels.length; k++) forwardLevel(engine, args, k);
}

function forwardLevel(engine: Engine, { layout, cores, levels, values }: TTForwardArgs, k: number): void {
  const shape = shapeOf(layout, k);
  const { rows, rank, cols } = shape;
  const { nodes, slices, parent, digit, sliceDigit, sliceOffsets, sliceNodes } = levels[k]!;
  const [above, core] = [engine.buffer(values[k - 1]!), engine.buffer(cores[k]!)];
  const split: Split = { units: nodes, grain: 16, cost: costOf(nodes, shape), partsPerThread: 4 };
  if (shape.bySlice) {
    const groups = [engine.range(sliceDigit), engine.range(sliceOffsets), engine.range(sliceNodes), slices];
    const workspace = engine.workspace(engine.kernels.bySliceWorkspace(rank, cols));
    engine.run(
      'ttForwardBySlice',
      [
        ...[above, core, engine.buffer(values[k]!), engine.range(parent), ...groups],
        ...[perUnit(0, 1), countOf(nodes), rows, rank, cols, workspace],
      ],
      split,
    );
  } else {
    engine.run(
      'ttForwardByNode',
      [
        ...[above, core, perUnit(engine.buffer(values[k]!), 4 * rows * cols)],
        ...[perUnit(engine.range(parent), 4), perUnit(engine.range(digit), 4)],
        ...[countOf(nodes), rows, rank, cols],
      ],
      split,
    );
  }
}

export function ttBackward(engine: Engine, args: TTBackwardArgs): void {
  const { layout, levels, gradValues, gradCores } = args;
  for (let k = levels.length - 1; k > 0; k--) backwardLevel(engine, args, k);
  const { sliceOffsets, sliceNodes, slices } = levels[0]!;
  engine.run('ttFirstGradients', [
    ...[engine.buffer(gradValues[0]!), engine.range(sliceOffsets), engine.range(sliceNodes), slices],
    ...[sliceLength(layout, 0), engine.buffer(gradCores[0]!)],
  ]);
}

/**
 * Cut between ranks, since neither nodes nor slices would do: a slice's gradient is a sum over nodes, a parent's one over
 * slices. Each part sums, over all nodes in their one order, some rows of the slices' gradients and the columns of the
 * parents' gradients that belong to them.
 */
function backwardLevel(engine: Engine, args: TTBackwardArgs, k: number): void {
  const { layout, cores, levels, values, gradValues, gradCores } = args;
  const shape = shapeOf(layout, k);
  const { rows, rank, cols, bySlice } = shape;
  const { nodes, slices, parent, sliceDigit, sliceOffsets, sliceNodes } = levels[k]!;
  const data = [
    ...[perUnit(engine.buffer(values[k - 1]!), 4), perUnit(engine.buffer(cores[k]!), 4 * cols)],
    ...[engine.buffer(gradValues[k]!), perUnit(engine.buffer(gradValues[k - 1]!), 4)],
    ...[perUnit(engine.buffer(gradCores[k]!), 4 * cols), engine.range(parent)],
    ...[engine.range(sliceDigit), engine.range(sliceOffsets), engine.range(sliceNodes), slices],
  ];
  const split: Split = { units: rank, grain: 8, cost: 2 * costOf(nodes, shape), partsPerThread: 1 };
  if (bySlice) {
    const workspace = engine.workspace(engine.kernels.bySliceWorkspace(rank, cols));
    const above = levels[k - 1]!.nodes;
    engine.run('ttBackwardBySlice', [...data, above, rows, rank, countOf(rank), cols, workspace], split);
  } else {
    const workspace = engine.workspace(engine.kernels.byNodeWorkspace(nodes, slices, rank, cols));
    engine.run('ttBackwardByNode', [...data, rows, rank, countOf(rank), cols, workspace], split);
  }
}
