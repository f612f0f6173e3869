import { bytesOf } from '../cells/cells.ts';
import type { LabelConfig } from '../config/table.ts';
import { isEqual, requiredNumberIn, type Cell } from './cell.ts';
import type { RecordView } from '../table/record-view.ts';

/**
 * Returns a function that tells whether the loaded record is positive, as 0 or 1. It throws CellFault for a missing label.
 * @throws `data/unknown-column`
 */
export function labelRule(label: LabelConfig, view: RecordView): () => number {
  if ('every' in label) return () => 1;
  if ('versus' in label) return () => Number(view.isAWinner);
  const cell = view.cell(label.column);
  if ('atLeast' in label) return () => Number(requiredNumberIn(cell) >= label.atLeast);
  const positive = ('equals' in label ? [label.equals] : label.oneOf).map(bytesOf);
  return () => {
    requireLabel(cell);
    return Number(positive.some((value) => isEqual(cell, value)));
  };
}

function requireLabel(cell: Cell): void {
  const first = cell.bytes[cell.start]!;
  if (!cell.isEmpty && first > 32 && first < 128) return;
  if (cell.text.trim() === '') throw cell.fault('a label must not be empty');
}
