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
  /** [rows] Positions in `splitNames`. */
  readonly splits: Uint8Array;
  /** Number of rows of each split. */
  readonly rows: Readonly<Record<SplitName, number>>;
  /** Per split, the rows that are in it; listed when asked for. */
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
  const found = rowsBy(splitOf, reader.rows);
  const { validation, test } = found.rows;
  const shares = { validation: validation / reader.rows, test: test / reader.rows };
  return found.with({ boundary, heldOut: boundary.isMoved ? options.before : shares });
}

/** All rows in `test`. */
export function holdOutAll({ rows }: RowReader): SplitRows {
  return rowsBy(allTest, rows);
}

function rowsBy(splitOf: SplitOfRow, rows: number): ListedRows {
  const splits = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) splits[row] = splitOf(row);
  return new ListedRows(splits);
}

class ListedRows implements SplitRows {
  readonly splits: Uint8Array;
  readonly rows: Readonly<Record<SplitName, number>>;
  readonly boundary: Boundary | undefined;
  readonly heldOut: HeldOut | undefined;
  #rowsOf: Readonly<Record<SplitName, Uint32Array>> | undefined;

  constructor(splits: Uint8Array, found: Partial<Pick<SplitRows, 'boundary' | 'heldOut'>> = {}) {
    const counts = [0, 0, 0];
    for (const split of splits) counts[split]!++;
    this.splits = splits;
    this.rows = bySplit(counts);
    this.boundary = found.boundary;
    this.heldOut = found.heldOut;
  }

  readonly isTrain = (row: number): boolean => this.splits[row] === TRAIN;

  get rowsOf(): Readonly<Record<SplitName, Uint32Array>> {
    this.#rowsOf ??= this.#listed();
    return this.#rowsOf;
  }

  with(found: Pick<SplitRows, 'boundary' | 'heldOut'>): SplitRows {
    return new ListedRows(this.splits, found);
  }

  #listed(): Readonly<Record<SplitName, Uint32Array>> {
    const lists = splitNames.map((name) => new Uint32Array(this.rows[name]));
    const filled = [0, 0, 0];
    for (let row = 0; row < this.splits.length; row++) {
      const split = this.splits[row]!;
      lists[split]![filled[split]!++] = row;
    }
    return bySplit(lists);
  }
}
