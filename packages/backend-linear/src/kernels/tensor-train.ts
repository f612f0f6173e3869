import {
  coreUpdate,
  sliceLength,
  valueLength,
  type TTBackwardArgs,
  type TTForwardArgs,
  type TrieLevel,
  type TTLayout,
  type UpdateArgs,
} from '@ttrec/backend/kernels';
import type { Engine } from '../engine.ts';
import type { Split } from '../call.ts';
import { update } from './update.ts';

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
  const { nodes, slices, parent, digit } = levels[k]!;
  const [above, core] = [engine.buffer(values[k - 1]!), engine.buffer(cores[k]!)];
  const split: Split = { units: nodes, grain: 16, cost: costOf(nodes, shape), partsPerThread: 4 };
  if (shape.bySlice) {
    const workspace = engine.workspace(engine.sizes.bySliceWorkspace(rank, cols));
    engine.run(
      'ttForwardBySlice',
      [
        ...[above, core, engine.buffer(values[k]!), engine.range(parent)],
        ...slicesOf(engine, levels[k]!),
        ...[slices, engine.perUnit(0, 1), engine.countOf(nodes), rows, rank, cols, workspace],
      ],
      split,
    );
  } else {
    engine.run(
      'ttForwardByNode',
      [
        ...[above, core, engine.perUnit(engine.buffer(values[k]!), 4 * rows * cols)],
        ...[engine.perUnit(engine.range(parent), 4), engine.perUnit(engine.range(digit), 4)],
        ...[engine.countOf(nodes), rows, rank, cols],
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
  updateCore(engine, args, 0);
}

function updateCore(engine: Engine, args: TTBackwardArgs, k: number): void {
  const own = coreUpdate(args, k);
  if (own) update(engine, own);
}

/** As the kernels number them. */
const sliceUpdates: { readonly [Rule in UpdateArgs['rule']]?: number } = { sgd: 1, adagrad: 2 };

/** The update that `ttBackwardBySlice` takes while a slice is in cache, as its arguments; undefined if it leaves all gradients in `gradCores`. */
function sliceUpdate(engine: Engine, args: TTBackwardArgs, k: number): number[] | undefined {
  const own = engine.updatesSlices ? coreUpdate(args, k) : undefined;
  const rule = own && sliceUpdates[own.rule];
  if (rule === undefined) return undefined;
  return [rule, own!.state ? engine.buffer(own!.state) : 0, own!.learningRate, own!.epsilon];
}

/** A chunk of a level has its own sums from so many nanoseconds of work on, and from so many times the cost of the sums. */
const CHUNK = 5e5;
const TIMES_SUMS = 40;
/** Nanoseconds of a number that is cleared, and added in the end. */
const SUM = 0.5;
const MOST_CHUNKS = 8;

/**
 * Into how many chunks a level is cut whose gradients, `sums` numbers, are summed in each and then added. A power of two,
 * and a matter of shapes alone: the same sums come out whatever the number of threads.
 */
function chunksOf({ leastChunk }: Engine, cost: number, sums: number): number {
  const worth = cost / (leastChunk ?? Math.max(CHUNK, TIMES_SUMS * SUM * sums));
  return 2 ** Math.floor(Math.log2(Math.min(Math.max(worth, 1), MOST_CHUNKS)));
}

/**
 * A slice's gradient is a sum over nodes, a parent's one over slices: one of them goes through every cut. So a level is cut
 * into chunks that sum on their own, and what they summed is added in their order.
 */
function backwardLevel(engine: Engine, args: TTBackwardArgs, k: number): void {
  const shape = shapeOf(args.layout, k);
  if (shape.bySlice) backwardBySlice(engine, args, k, shape);
  else backwardByNode(engine, args, k, shape);
}

/** Chunks of slices, each with the gradients of all parents. */
function backwardBySlice(engine: Engine, args: TTBackwardArgs, k: number, shape: LevelShape): void {
  const { rows, rank, cols } = shape;
  const { nodes, slices, parent } = args.levels[k]!;
  const above = args.levels[k - 1]!.nodes;
  const sums = above * rows * rank;
  const cost = 2 * costOf(nodes, shape);
  const chunks = chunksOf(engine, cost, sums);
  const bytes = engine.sizes.bySliceWorkspace(rank, cols);
  const { own, shared } = engine.workspaceAndShared(bytes, 4 * sums * (chunks - 1));
  const gradAbove = engine.buffer(args.gradValues[k - 1]!);
  const updated = sliceUpdate(engine, args, k);
  engine.run(
    'ttBackwardBySlice',
    [
      ...[
        engine.buffer(args.values[k - 1]!),
        engine.buffer(args.cores[k]!),
        engine.buffer(args.gradValues[k]!),
      ],
      ...[gradAbove, engine.buffer(args.gradCores[k]!), engine.range(parent)],
      ...slicesOf(engine, args.levels[k]!),
      ...[slices, above, rows, rank, cols, chunks, engine.perUnit(0, 1), engine.countOf(chunks), shared, own],
      ...(engine.updatesSlices ? (updated ?? [0, 0, 0, 0]) : []),
    ],
    { units: chunks, grain: 1, cost, partsPerThread: 2 },
  );
  if (!updated) updateCore(engine, args, k);
  if (chunks === 1) return;
  engine.run(
    'addBlocks',
    [engine.perUnit(gradAbove, 4), engine.perUnit(shared, 4), 4 * sums, chunks - 1, engine.countOf(sums)],
    {
      units: sums,
      grain: 1024,
      cost: SUM * sums * (chunks - 1),
      partsPerThread: 1,
    },
  );
}

/** Chunks of parents with their nodes, each with the gradients of all slices. */
function backwardByNode(engine: Engine, args: TTBackwardArgs, k: number, shape: LevelShape): void {
  const { rows, rank, cols } = shape;
  const { nodes, slices, parent, digit, sliceDigit } = args.levels[k]!;
  const bytes = engine.sizes.byNodeSums(slices, rank, cols);
  const cost = 2 * costOf(nodes, shape);
  const sums = slices * rank * cols;
  const chunks = chunksOf(engine, cost, sums);
  const scratch = engine.sizes.byNodeWorkspace(args.cores[k]!.rows, slices, rank, cols);
  const { own, shared } = engine.workspaceAndShared(scratch, bytes * chunks);
  engine.run(
    'ttBackwardByNode',
    [
      ...[
        engine.buffer(args.values[k - 1]!),
        engine.buffer(args.cores[k]!),
        engine.buffer(args.gradValues[k]!),
      ],
      ...[engine.buffer(args.gradValues[k - 1]!), engine.range(parent)],
      ...[engine.range(digit), engine.range(sliceDigit), nodes, slices, rows, rank, cols],
      ...[chunks, engine.perUnit(0, 1), engine.countOf(chunks), shared, own],
    ],
    { units: chunks, grain: 1, cost, partsPerThread: 2 },
  );
  engine.run(
    'ttSliceGradients',
    [
      ...[shared, chunks, slices, rank, cols, engine.perUnit(0, 1), engine.countOf(slices)],
      engine.buffer(args.gradCores[k]!),
    ],
    { units: slices, grain: 8, cost: SUM * sums * chunks, partsPerThread: 1 },
  );
  updateCore(engine, args, k);
}

function slicesOf(engine: Engine, { sliceDigit, sliceOffsets, sliceNodes }: TrieLevel): number[] {
  return [engine.range(sliceDigit), engine.range(sliceOffsets), engine.range(sliceNodes)];
}
