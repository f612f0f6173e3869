import { charactersIn, isAscii, LIST, listIn, textIn } from '../cells/cells.ts';
import { decimalIn, parseDecimal } from '../cells/number.ts';
import { partOfTime, TIME_RULE, timeIn, type TimePart } from '../cells/time.ts';
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

/** The value at fault as text: JSON for values other than texts and numbers, with bytes decoded as UTF-8. */
export function faultText(got: unknown): string {
  if (typeof got === 'string') return got;
  if (typeof got === 'number') return String(got);
  if (typeof got === 'function' || typeof got === 'symbol') return typeof got;
  const plain = (_: string, inner: unknown) => {
    if (inner instanceof Uint8Array) return new TextDecoder().decode(inner);
    return typeof inner === 'bigint' ? String(inner) : inner;
  };
  return JSON.stringify(got, plain);
}

/** A fault that ends reading whatever the policy on bad lines. */
export class InputFault extends CellFault {}

/** One column of the row that is loaded: `bytes[start … end - 1]`. */
export class Cell {
  readonly name: string;
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;

  constructor(name: string) {
    this.name = name;
  }

  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** Makes it an empty cell. */
  clear(): void {
    this.end = this.start;
  }

  get isEmpty(): boolean {
    return this.start === this.end;
  }

  get isList(): boolean {
    return this.bytes[this.start] === LIST && !this.isEmpty;
  }

  /** A list is JSON. */
  get text(): string {
    const { bytes, start, end } = this;
    return this.isList ? JSON.stringify(listIn(bytes, start, end)) : textIn(bytes, start, end);
  }

  fault(rule: string): CellFault {
    return new CellFault(this.name, rule, this.text);
  }
}

/** Whether a cell has these bytes. */
export function isEqual({ bytes, start, end }: Cell, value: Uint8Array): boolean {
  if (end - start !== value.length) return false;
  for (let i = 0; i < value.length; i++) if (bytes[start + i] !== value[i]) return false;
  return true;
}

const OPTIONAL_NUMBER = 'must be a decimal number or empty';

/** The decimal number in a cell in the range of a 32-bit float, the type of batches; NaN if the cell is empty. */
export function float32In(cell: Cell): number {
  if (cell.isEmpty) return NaN;
  const value = decimalIn(cell.bytes, cell.start, cell.end);
  if (value === undefined) throw cell.fault(OPTIONAL_NUMBER);
  if (!fitsFloat32(value)) throw cell.fault(FLOAT32_RULE);
  return value;
}

/** The same of a text. */
export function float32Of(text: string, column: string): number {
  if (text === '') return NaN;
  const value = parseDecimal(text);
  if (value === undefined) throw new CellFault(column, OPTIONAL_NUMBER, text);
  if (!fitsFloat32(value)) throw new CellFault(column, FLOAT32_RULE, text);
  return value;
}

/** A part of the time in a cell; NaN if the cell is empty. */
export function timeNumberIn(cell: Cell, part: TimePart): number {
  if (cell.isEmpty) return NaN;
  const time = timeIn(cell.text);
  if (time === undefined) throw cell.fault(TIME_RULE);
  return partOfTime(time, part);
}

/** The same of a text. */
export function timeNumberOf(text: string, part: TimePart, column: string): number {
  if (text === '') return NaN;
  const time = timeIn(text);
  if (time === undefined) throw new CellFault(column, TIME_RULE, text);
  return partOfTime(time, part);
}

/** The number in a cell by which rows are compared: one that it holds, or a time in seconds since 1970. */
export function orderIn(cell: Cell, isTime: boolean): number {
  const number = isTime ? undefined : decimalIn(cell.bytes, cell.start, cell.end);
  if (number !== undefined) return number;
  const time = timeIn(cell.text);
  if (time === undefined) throw cell.fault(isTime ? TIME_RULE : 'must be a decimal number or a time');
  return time / 1000;
}

/** The number in a cell that must hold one. */
export function requiredNumberIn(cell: Cell): number {
  const value = decimalIn(cell.bytes, cell.start, cell.end);
  if (value === undefined) throw cell.fault('must be a decimal number');
  return value;
}

/** Decoding puts this in place of invalid UTF-8, so that different ids become equal. */
const REPLACEMENT = '\ufffd';
export const UTF8_RULE = 'must be UTF-8, without the replacement character U+FFFD';
const CELL_RULE = `must have at most ${MAX_CSV_CELL} characters`;

export function isWhole(text: string): boolean {
  return !text.includes(REPLACEMENT);
}

/** @throws CellFault if a cell is not UTF-8 or too long */
export function requireSound(cell: Cell, isKnownAscii: boolean): void {
  const { bytes, start, end } = cell;
  if (!isKnownAscii && !isAscii(bytes, start, end) && !isWhole(cell.text)) throw cell.fault(UTF8_RULE);
  if (end - start > MAX_CSV_CELL && charactersIn(bytes, start, end) > MAX_CSV_CELL)
    throw cell.fault(CELL_RULE);
}

/** The same of a text. */
export function requireSoundText(text: string, column: string): void {
  if (!isWhole(text)) throw new CellFault(column, UTF8_RULE, text);
  if (text.length > MAX_CSV_CELL) throw new CellFault(column, CELL_RULE, text);
}

/** @throws CellFault if a cell is a list */
export function requireOneValue(cell: Cell): void {
  if (cell.isList)
    throw cell.fault('must be one value, not a list; a `separator` makes a feature multi-valued');
}

/** @throws CellFault if a value is no number of a row below `rows` */
export function requireRow(text: string, rows: number, column: string): void {
  if (/^(0|[1-9]\d{0,9})$/.test(text) && Number(text) < rows) return;
  throw new CellFault(column, `must be the number of a row, from 0 to ${rows - 1}`, text);
}

/** The values of a multi-valued cell, without empty ones: of a list, or of a text between separators. */
export function valuesIn(cell: Cell, separator: string): string[] {
  if (cell.isList) return listIn(cell.bytes, cell.start, cell.end);
  return partsOf(cell.text, separator);
}

/** The parts of a text between separators, without empty ones. */
export function partsOf(text: string, separator: string): string[] {
  return text.split(separator).filter((part) => part !== '');
}
