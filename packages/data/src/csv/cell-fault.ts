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

/** The number in a cell, NaN if the cell is blank. */
export function numberIn(cell: string, column: string): number {
  if (cell.trim() === '') return NaN;
  const value = Number(cell);
  if (Number.isFinite(value)) return value;
  throw new CellFault(column, 'must be a number or empty', cell);
}

/** The number in a cell that must hold one. */
export function requiredNumberIn(cell: string, column: string): number {
  const value = numberIn(cell, column);
  if (!Number.isNaN(value)) return value;
  throw new CellFault(column, 'must be a number', cell);
}
