import type { CsvLabel } from '../config/csv.ts';
import { CellFault, requiredNumberIn } from './cell.ts';
import type { Cell, RecordView } from './record-view.ts';

/**
 * Returns a function that tells whether the loaded record is positive, as 0 or 1. It throws CellFault for a missing label.
 * @throws `data/unknown-column`
 */
export function labelRule(label: CsvLabel, view: RecordView): () => number {
  if ('versus' in label) return () => Number(view.isAWinner);
  const cell = view.cell(label.column);
  if ('equals' in label) return () => Number(valueIn(cell, label.column) === label.equals);
  if ('atLeast' in label) return () => Number(requiredNumberIn(cell(), label.column) >= label.atLeast);
  const positive = new Set(label.oneOf);
  return () => Number(positive.has(valueIn(cell, label.column)));
}

function valueIn(cell: Cell, column: string): string {
  const value = cell();
  if (value.trim() !== '') return value;
  throw new CellFault(column, 'a label must not be empty', value);
}
