import type { CsvLabel } from '../config/csv.ts';
import { requiredNumberIn } from './cell-fault.ts';
import type { RecordView } from './record-view.ts';

/** Whether the loaded record is positive, as 0 or 1; the function throws CellFault. @throws `data/unknown-column` */
export function labelRule(label: CsvLabel, view: RecordView): () => number {
  if ('versus' in label) return () => Number(view.isAWinner);
  const cell = view.cell(label.column);
  if ('equals' in label) return () => Number(cell() === label.equals);
  if ('atLeast' in label) return () => Number(requiredNumberIn(cell(), label.column) >= label.atLeast);
  const positive = new Set(label.oneOf);
  return () => Number(positive.has(cell()));
}
