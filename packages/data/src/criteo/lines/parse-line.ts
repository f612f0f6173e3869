import { logOnePlus, MAX_DIGITS } from './cells.ts';
import { CATEGORIES, INTEGERS } from '../columns.ts';
import type { CriteoRows } from '../rows.ts';

const TAB = 9;
const MINUS = 45;
const ZERO = 48;
const HEX_DIGITS = 8;

/** The value of each byte as a hexadecimal digit; negative for other bytes, however it is shifted. */
const hexDigits = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  hexDigits[text.charCodeAt(0)] = digit;
  hexDigits[text.toUpperCase().charCodeAt(0)] = digit;
}

const FAULT = -1;

/**
 * Appends the line `bytes[start … end - 1]` to `rows`.
 *
 * It makes no string or array per field: a pass over a click log spends its time here. `describeFault` finds out what is wrong
 * with a line.
 *
 * @returns whether the line is valid; if not, `rows` keeps its length
 */
export function parseLine(bytes: Uint8Array, start: number, end: number, rows: CriteoRows): boolean {
  const label = bytes[start]! - ZERO;
  if (end - start < 2 || label < 0 || label > 1 || bytes[start + 1] !== TAB) return false;
  const afterIntegers = parseIntegers(bytes, start + 2, end, rows);
  if (afterIntegers === FAULT || !parseCategories(bytes, afterIntegers, end, rows)) return false;
  rows.labels[rows.length++] = label;
  return true;
}

/** Parses the 13 integers, each followed by a tab. Returns where C1 starts. */
function parseIntegers(bytes: Uint8Array, start: number, end: number, rows: CriteoRows): number {
  const base = rows.length * INTEGERS;
  let empty = 0;
  let at = start;
  for (let i = 0; i < INTEGERS; i++) {
    const isNegative = at < end && bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let value = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = at - first;
    if (at >= end || bytes[at] !== TAB || digits > MAX_DIGITS || (digits === 0 && isNegative)) return FAULT;
    if (digits === 0) empty |= 1 << i;
    rows.dense[base + i] = isNegative ? 0 : logOnePlus(value);
    at++;
  }
  rows.emptyIntegers[rows.length] = empty;
  return at;
}

/** The value of four hexadecimal digits; negative for other bytes. */
function hexWord(bytes: Uint8Array, at: number): number {
  return (
    (hexDigits[bytes[at]!]! << 12) |
    (hexDigits[bytes[at + 1]!]! << 8) |
    (hexDigits[bytes[at + 2]!]! << 4) |
    hexDigits[bytes[at + 3]!]!
  );
}

/** Parses the 26 hexadecimal values, with tabs between them. Returns whether they end with the line. */
function parseCategories(bytes: Uint8Array, start: number, end: number, rows: CriteoRows): boolean {
  const base = rows.length * CATEGORIES;
  let empty = 0;
  let at = start;
  for (let c = 0; c < CATEGORIES; c++) {
    if (at >= end || bytes[at] === TAB) {
      empty |= 1 << c;
      rows.categories[base + c] = 0;
    } else {
      if (at + HEX_DIGITS > end) return false;
      const high = hexWord(bytes, at);
      const low = hexWord(bytes, at + 4);
      if ((high | low) < 0) return false;
      rows.categories[base + c] = (high << 16) | low;
      at += HEX_DIGITS;
    }
    if (c === CATEGORIES - 1) break;
    if (at >= end || bytes[at] !== TAB) return false;
    at++;
  }
  rows.emptyCategories[rows.length] = empty;
  return at === end;
}
