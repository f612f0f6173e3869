import type { BagBackwardArgs, BagForwardArgs } from '@ttrec/backend';
import { strideOf, type Engine } from './engine.ts';

/** As assembly/bag.ts numbers them. */
const scalings = { none: 0, weights: 1, mean: 2 };

function scalingOf({ weights, pooling }: Pick<BagForwardArgs, 'weights' | 'pooling'>): number {
  if (weights !== undefined) return scalings.weights;
  return pooling === 'mean' ? scalings.mean : scalings.none;
}

export function bagForward(engine: Engine, args: BagForwardArgs): void {
  const { rows, index, weights, out, columns } = args;
  engine.kernels.bagForward(
    ...[engine.block(rows), strideOf(rows), rows.cols],
    ...[engine.range(index.offsets), engine.range(index.lookupRow), engine.range(weights), scalingOf(args)],
    ...[engine.block(out), strideOf(out), out.rows, out.rows],
    ...[engine.workspaceWith(columns), columns.length],
  );
}

export function bagBackward(engine: Engine, args: BagBackwardArgs): void {
  const { gradOut, columns, index, byRow, weights, gradRows } = args;
  engine.kernels.bagBackward(
    ...[engine.block(gradOut), strideOf(gradOut), gradOut.rows, engine.workspaceWith(columns)],
    ...[engine.range(index.offsets), engine.range(byRow.rowOffsets), engine.range(byRow.rowLookups)],
    ...[engine.range(byRow.lookupBag), engine.range(weights), scalingOf(args)],
    ...[byRow.rows, engine.block(gradRows), strideOf(gradRows), gradRows.cols],
  );
}
