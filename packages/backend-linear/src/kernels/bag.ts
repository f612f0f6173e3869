import type { BagBackwardArgs, BagForwardArgs } from '@ttrec/backend/kernels';
import { strideOf, type Engine } from '../engine.ts';
import { countOf, perUnit } from '../call.ts';

/** As the kernels number them. */
const scalings = { none: 0, weights: 1, mean: 2 };
/** Nanoseconds: to find a row, and to add a number of it. */
const FIND = 20;
const ADD = 0.3;

function scalingOf({ weights, pooling }: Pick<BagForwardArgs, 'weights' | 'pooling'>): number {
  if (weights !== undefined) return scalings.weights;
  return pooling === 'mean' ? scalings.mean : scalings.none;
}

/** Cut between the examples of the batch. */
export function bagForward(engine: Engine, args: BagForwardArgs): void {
  const { rows, index, weights, out, columns } = args;
  engine.run(
    'bagForward',
    [
      engine.block(rows),
      strideOf(rows),
      rows.cols,
      perUnit(engine.range(index.offsets), 4),
      engine.range(index.lookupRow),
      engine.range(weights),
      scalingOf(args),
      perUnit(engine.block(out), strideOf(out)),
      strideOf(out),
      out.rows,
      countOf(out.rows),
      engine.workspaceWith(columns),
      columns.length,
    ],
    { units: out.rows, grain: 8, cost: costOf(index.lookupRow.length, rows.cols), partsPerThread: 4 },
  );
}

/** Cut between the rows of the gradient. */
export function bagBackward(engine: Engine, args: BagBackwardArgs): void {
  const { gradOut, columns, index, byRow, weights, gradRows } = args;
  engine.run(
    'bagBackward',
    [
      ...[engine.block(gradOut), strideOf(gradOut), gradOut.rows, engine.workspaceWith(columns)],
      ...[engine.range(index.offsets), perUnit(engine.range(byRow.rowOffsets), 4)],
      ...[engine.range(byRow.rowLookups), engine.range(byRow.lookupBag)],
      ...[engine.range(weights), scalingOf(args), countOf(byRow.rows)],
      ...[perUnit(engine.block(gradRows), strideOf(gradRows)), strideOf(gradRows), gradRows.cols],
    ],
    { units: byRow.rows, grain: 8, cost: costOf(index.lookupRow.length, gradRows.cols), partsPerThread: 8 },
  );
}

function costOf(lookups: number, dim: number): number {
  return lookups * (FIND + ADD * dim);
}
