import { numberOf, type SplitConfig } from '../config/table.ts';
import type { DatasetReport } from '../dataset.ts';
import type { HeldOut } from '../encoding/encoding.ts';

/** The numbers from which on rows are held out. */
export type Boundary = NonNullable<DatasetReport['boundary']>;

/** A split by the number in a column. */
type ColumnSplit = Extract<SplitConfig, { by: 'column' }>;

/**
 * The numbers from which on rows are held out. A config gives these numbers, or shares of the rows, of which the highest numbers are held out.
 *
 * When training continues with later rows, every row may be past the boundary of the config. The shares of rows that were held out before
 * then take its place.
 *
 * @param numbers of all rows
 * @param before the shares held out in the training that continues, if any
 */
export function boundaryOf(split: ColumnSplit, numbers: Float64Array, before: HeldOut | undefined): Boundary {
  const { column } = split;
  const testFrom = split.testFrom === undefined ? undefined : numberOf(split.testFrom);
  const validationFrom = split.validationFrom === undefined ? testFrom : numberOf(split.validationFrom);
  if (testFrom === undefined || validationFrom === undefined) {
    const { validation = 0, test = 0 } = split;
    return { column, ...fromShares(numbers, { validation, test }), isMoved: false };
  }
  if (before === undefined || numbers.some((number) => number < validationFrom)) {
    return { column, validationFrom, testFrom, isMoved: false };
  }
  return { column, ...fromShares(numbers, before), isMoved: true };
}

/** Rows of the same number stay together, and the lowest number is never held out. O(n log n). */
function fromShares(numbers: Float64Array, { validation, test }: HeldOut) {
  const sorted = numbers.slice().sort();
  const above = (rows: number): number => {
    if (rows === 0) return Infinity;
    const number = sorted[sorted.length - rows]!;
    return number > sorted[0]! ? number : (sorted.find((other) => other > number) ?? Infinity);
  };
  const testFrom = above(Math.round(sorted.length * test));
  const validationFrom = Math.min(testFrom, above(Math.round(sorted.length * (validation + test))));
  return { validationFrom, testFrom };
}

/** What to do when a boundary leaves no rows to train on. */
export function boundaryHint({ column, validationFrom }: Boundary): string {
  return `Every ${column} is at least ${validationFrom}: set another boundary, or hold out a share ("test": 0.1).`;
}
