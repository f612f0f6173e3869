import type { BagBackwardArgs, BagForwardArgs } from '@ttrec/backend/kernels';
import { strideOf, type Engine } from '../engine.ts';

/** As the kernels number them. */
const scalings = { none: 0, weights: 1, mean: 2 };
/** Nanoseconds: to find a row, and to add a number of it. */
const FIND = 20;
const ADD = 0.3;

function scalingOf({ weights, pooling }: Pick<BagForwardArgs, 'weights' | 'pooling'>): number {
  if (weights !== undefined) return scalings.weights;
  return pooling === 'mean' ? scalings.mean : scalings.none;
}

/** Bytes to the only column block; several are found in a list. */
function firstColumn(columns: readonly number[]): number {
  return columns.length === 1 ? 4 * columns[0]! : 0;
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
      engine.perUnit(engine.range(index.offsets), 4),
      engine.range(index.lookupRow),
      engine.range(weights),
      scalingOf(args),
      engine.perUnit(engine.block(out) + firstColumn(columns), strideOf(out)),
      strideOf(out),
      out.rows,
      engine.countOf(out.rows),
      engine.columns(columns),
      columns.length,
    ],
    { units: out.rows, grain: 8, cost: costOf(index.lookupRow.length, rows.cols), partsPerThread: 4 },
  );
}

/** Cut between the rows of the gradient, by their lookups: half of these may be those of few rows. */
export function bagBackward(engine: Engine, args: BagBackwardArgs): void {
  const { gradOut, columns, index, byRow, weights, gradRows } = args;
  const lookups = byRow.rowLookups.length;
  engine.run(
    'bagBackward',
    [
      ...[engine.block(gradOut) + firstColumn(columns), strideOf(gradOut), gradOut.rows],
      engine.columns(columns),
      ...[engine.range(index.offsets), engine.range(byRow.rowOffsets)],
      ...[engine.range(byRow.rowLookups), engine.range(byRow.lookupBag)],
      ...[engine.range(weights), scalingOf(args), byRow.rows, engine.perUnit(0, 1), engine.countOf(lookups)],
      ...[engine.block(gradRows), strideOf(gradRows), gradRows.cols],
    ],
    { units: lookups, grain: 8, cost: costOf(lookups, gradRows.cols), partsPerThread: 4 },
  );
}

function costOf(lookups: number, dim: number): number {
  return lookups * (FIND + ADD * dim);
}
