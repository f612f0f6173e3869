import { FLOAT32_RULE, fitsFloat32 } from '../float32.ts';
import { MAX_CSV_CELL } from '../read/limits.ts';

/** What is wrong with a value, thrown where it is read and caught where its row is known. */
export class CellFault extends Error {
  readonly column: string;
  readonly rule: string;
  readonly got: unknown;

  constructor(column: string, rule: string, got: unknown) {
    super(`${column}: ${rule}`);
    this.column = column;
    this.rule = rule;
    this.got = got;
  }
}

/** A number in a data file. `Number` also accepts `0x10`, `0b1` and blanks. */
const decimal = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;

/** The decimal number in a cell, blanks around it or not; NaN if the cell is empty. */
function numberIn(cell: string, column: string): number {
  return cell === '' ? NaN : finiteIn(cell, column, 'must be a decimal number or empty');
}

/** The same, in the range of a 32-bit float, the type of batches. */
export function float32In(cell: string, column: string): number {
  const value = numberIn(cell, column);
  if (Number.isNaN(value) || fitsFloat32(value)) return value;
  throw new CellFault(column, FLOAT32_RULE, cell);
}

/** The number in a cell that must hold one. */
export function requiredNumberIn(cell: string, column: string): number {
  return finiteIn(cell, column, 'must be a decimal number');
}

function finiteIn(cell: string, column: string, rule: string): number {
  const value = decimal.test(cell.trim()) ? Number(cell) : NaN;
  if (Number.isFinite(value)) return value;
  throw new CellFault(column, rule, cell);
}

/** Decoding puts this in place of invalid UTF-8, so that different ids become equal. */
const REPLACEMENT = '\ufffd';
export const UTF8_RULE = 'must be UTF-8, without the replacement character U+FFFD';
const CELL_RULE = `must have at most ${MAX_CSV_CELL} characters`;

export function isWhole(cell: string): boolean {
  return !cell.includes(REPLACEMENT);
}

/** @throws CellFault if a cell is not UTF-8 or too long */
export function requireSound(cell: string, column: string): void {
  if (!isWhole(cell)) throw new CellFault(column, UTF8_RULE, cell);
  if (cell.length > MAX_CSV_CELL) throw new CellFault(column, CELL_RULE, cell);
}

/** The values of a multi-valued cell: the parts between separators, without empty ones. */
export function partsOf(cell: string, separator: string): string[] {
  return cell.split(separator).filter((part) => part !== '');
}
