/** Thrown by whoever reads a cell and caught by the loop over records, which knows file and line. */
export class CellFault extends Error {
  readonly column: string;
  readonly rule: string;
  readonly got: string;

  constructor(column: string, rule: string, got: string) {
    super(`${column}: ${rule}`);
    this.column = column;
    this.rule = rule;
    this.got = got;
  }
}

/** What data files mean by a number. `Number` alone also takes `0x10`, `0b1`, blanks. */
const decimal = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;

/** The decimal number in a cell, blanks around it or not; NaN if the cell is empty. */
export function numberIn(cell: string, column: string): number {
  return cell === '' ? NaN : finiteIn(cell, column, 'must be a decimal number or empty');
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

/** What decoding puts in place of bytes that are no UTF-8; different bytes, and so different ids, become the same. */
const REPLACEMENT = '\ufffd';
export const UTF8_RULE = 'must be UTF-8, without the replacement character U+FFFD';

export function isWhole(cell: string): boolean {
  return !cell.includes(REPLACEMENT);
}
