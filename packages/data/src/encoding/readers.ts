import { CellFault } from '../columns/cell.ts';
import type { RawCell } from './raw-rows.ts';

/** Reads the cells of one dense column. @throws CellFault */
export interface DenseReader {
  readonly column: string;
  read(cell: RawCell): number;
}

/** Reads the cells of one feature and adds their ids to a list. @throws CellFault */
export interface FeatureReader {
  readonly column: string;
  /** Another column that it reads: the second of a pair, or the weights of ids. */
  readonly other?: string | undefined;
  read(cell: RawCell, ids: number[], other?: RawCell, perSampleWeights?: number[]): void;
  /** The id of a cell that is one value; absent where `read` has more to do. */
  idOf?: ((cell: RawCell) => number) | undefined;
}

export interface Readers {
  readonly dense: readonly DenseReader[];
  readonly features: readonly FeatureReader[];
}

/** The text that a file has for a raw value. A time is ISO 8601 in UTC. @throws CellFault */
export function textOf(cell: RawCell, column: string): string {
  if (cell === null) return '';
  // Half of a surrogate pair has no UTF-8.
  if (typeof cell === 'string' && !/\p{Surrogate}/u.test(cell)) return cell;
  if (typeof cell === 'bigint' || typeof cell === 'boolean') return String(cell);
  if (typeof cell === 'number' && Number.isFinite(cell)) return String(cell);
  if (cell instanceof Date && !Number.isNaN(cell.getTime())) return cell.toISOString();
  throw new CellFault(column, VALUE_RULE, cell);
}

/**
 * The same where equal texts are one id: an integer from 2^53 on is not taken as a number, which may have lost digits.
 * @throws CellFault
 */
export function idTextOf(cell: RawCell, column: string): string {
  if (typeof cell === 'number' && Number.isInteger(cell) && !Number.isSafeInteger(cell))
    throw new CellFault(column, EXACT_RULE, cell);
  return textOf(cell, column);
}

const EXACT_RULE = 'must be a text or a bigint from 2^53 on, where numbers lose digits';
const VALUE_RULE = 'must be a text, a finite number, a boolean, a Date, or null for a missing value';
