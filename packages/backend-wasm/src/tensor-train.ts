import {
  sliceLength,
  valueLength,
  type TTBackwardArgs,
  type TTForwardArgs,
  type TTLayout,
} from '@ttrec/backend';
import type { Engine } from './engine.ts';

/** The products of level k ≥ 1: [rows, rank] · [rank, cols]. */
interface LevelShape {
  readonly rows: number;
  readonly rank: number;
  readonly cols: number;
  /** Whether a slice, rather than a parent's value, is the larger operand, which has to stay in cache. */
  readonly bySlice: boolean;
}

function shapeOf(layout: TTLayout, k: number): LevelShape {
  const rank = layout.ranks[k]!;
  const rows = valueLength(layout, k - 1) / rank;
  const cols = layout.colShape[k]! * layout.ranks[k + 1]!;
  return { rows, rank, cols, bySlice: cols > rows };
}

export function ttForward(engine: Engine, args: TTForwardArgs): void {
  const { layout, cores, levels, values } = args;
  const [first, ...rest] = levels;
  const [core, value] = [engine.buffer(cores[0]!), engine.buffer(values[0]!)];
  engine.kernels.ttFirstLevel(core, engine.range(first!.digit), first!.nodes, sliceLength(layout, 0), value);
  rest.forEach((level, above) => {
    const k = above + 1;
    const { rows, rank, cols, bySlice } = shapeOf(layout, k);
    const data = [engine.buffer(values[above]!), engine.buffer(cores[k]!), engine.buffer(values[k]!)];
    const parent = engine.range(level.parent);
    if (bySlice) {
      const { sliceDigit, sliceOffsets, sliceNodes, slices } = level;
      const workspace = engine.memory.workspace(engine.kernels.bySliceWorkspace(rank, cols));
      engine.kernels.ttForwardBySlice(
        ...data,
        ...[parent, engine.range(sliceDigit), engine.range(sliceOffsets), engine.range(sliceNodes), slices],
        ...[0, level.nodes, rows, rank, cols, workspace],
      );
    } else {
      engine.kernels.ttForwardByNode(
        ...data,
        parent,
        engine.range(level.digit),
        level.nodes,
        rows,
        rank,
        cols,
      );
    }
  });
}

export function ttBackward(engine: Engine, args: TTBackwardArgs): void {
  const { layout, levels, gradValues, gradCores } = args;
  for (let k = levels.length - 1; k > 0; k--) backwardLevel(engine, args, k);
  const { sliceOffsets, sliceNodes, slices } = levels[0]!;
  engine.kernels.ttFirstGradients(
    ...[engine.buffer(gradValues[0]!), engine.range(sliceOffsets), engine.range(sliceNodes), slices],
    ...[sliceLength(layout, 0), engine.buffer(gradCores[0]!)],
  );
}

function backwardLevel(engine: Engine, args: TTBackwardArgs, k: number): void {
  const { layout, cores, levels, values, gradValues, gradCores } = args;
  const { kernels, memory } = engine;
  const { rows, rank, cols, bySlice } = shapeOf(layout, k);
  const { nodes, slices, parent, sliceDigit, sliceOffsets, sliceNodes } = levels[k]!;
  const data = [
    ...[engine.buffer(values[k - 1]!), engine.buffer(cores[k]!)],
    ...[engine.buffer(gradValues[k]!), engine.buffer(gradValues[k - 1]!), engine.buffer(gradCores[k]!)],
    ...[engine.range(parent), engine.range(sliceDigit), engine.range(sliceOffsets), engine.range(sliceNodes)],
    slices,
  ];
  if (bySlice) {
    const workspace = memory.workspace(kernels.bySliceWorkspace(rank, cols));
    kernels.ttBackwardBySlice(...data, levels[k - 1]!.nodes, rows, rank, rank, cols, workspace);
  } else {
    const workspace = memory.workspace(kernels.byNodeWorkspace(nodes, slices, rank, cols));
    kernels.ttBackwardByNode(...data, rows, rank, rank, cols, workspace);
  }
}
