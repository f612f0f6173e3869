import type { SplitConfig } from '../config/table.ts';
import { splitNames, type SplitName } from '../dataset.ts';
import type { HeldOut } from '../encoding/encoding.ts';
import { boundaryOf, type Boundary } from '../split/column-split.ts';
import {
  allTest,
  bySplit,
  lastSplit,
  randomSplit,
  TEST,
  TRAIN,
  VALIDATION,
  type SplitOfRow,
} from '../split/split.ts';
import type { RowReader } from './row-reader.ts';

export interface SplitRows {
  /** Per split, the rows that are in it. */
  readonly rowsOf: Readonly<Record<SplitName, Uint32Array>>;
  readonly isTrain: (row: number) => boolean;
  /** Of a split by a column. */
  readonly boundary: Boundary | undefined;
  /** The shares that training which continues later holds out. */
  readonly heldOut: HeldOut | undefined;
}

/**
 * Splits the rows that were read.
 * @param options.before the shares held out in the training that continues, if any
 */
export function splitRows(
  reader: RowReader,
  split: SplitConfig,
  options: { readonly seed: number; readonly before: HeldOut | undefined },
): SplitRows {
  if (split.by !== 'column') {
    const { rows } = reader;
    return rowsBy(split.by === 'random' ? randomSplit(split, options.seed) : lastSplit(split, rows), rows);
  }
  const numbers = reader.splitNumbers.take(reader.rows);
  const boundary = boundaryOf(split, numbers, options.before);
  const { testFrom, validationFrom } = boundary;
  const splitOf: SplitOfRow = (row) =>
    numbers[row]! >= testFrom ? TEST : numbers[row]! >= validationFrom ? VALIDATION : TRAIN;
  const { rowsOf, isTrain } = rowsBy(splitOf, reader.rows);
  const shares = {
    validation: rowsOf.validation.length / reader.rows,
    test: rowsOf.test.length / reader.rows,
  };
  return { rowsOf, isTrain, boundary, heldOut: boundary.isMoved ? options.before : shares };
}

/** All rows in `test`. */
export function holdOutAll({ rows }: RowReader): SplitRows {
  return rowsBy(allTest, rows);
}

function rowsBy(splitOf: SplitOfRow, rows: number): SplitRows {
  const splits = new Uint8Array(rows);
  const counts = [0, 0, 0];
  for (let row = 0; row < rows; row++) counts[(splits[row] = splitOf(row))]!++;
  const rowsOf = bySplit(counts.map((count) => new Uint32Array(count)));
  const filled = [0, 0, 0];
  const lists = splitNames.map((name) => rowsOf[name]);
  for (let row = 0; row < rows; row++) {
    const split = splits[row]!;
    lists[split]![filled[split]!++] = row;
  }
  return { rowsOf, isTrain: (row) => splits[row] === TRAIN, boundary: undefined, heldOut: undefined };
}
