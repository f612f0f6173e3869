import { textIn } from './cells.ts';

/** A number in a data file. `Number` also accepts `0x10`, `0b1` and blanks. */
const decimal = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;

const ZERO = 48;
const DOT = 46;
const MINUS = 45;
const PLUS = 43;
/** Integers of so many digits are exact as doubles. */
const MAX_DIGITS = 15;
/** Powers of ten up to 10^22 are exact as doubles, so that one division rounds correctly. */
const powers = Array.from({ length: MAX_DIGITS + 1 }, (_, digits) => 10 ** digits);

/** The decimal number in `bytes[start … end - 1]`, blanks around it or not; undefined for other text, and beyond the doubles. */
export function decimalIn(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = start;
  const sign = bytes[at];
  if (at < end && (sign === MINUS || sign === PLUS)) at++;
  let value = 0;
  let digits = 0;
  let decimals = -1;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (bytes[at] === DOT && decimals < 0) {
      decimals = 0;
    } else {
      return slowly(bytes, start, end);
    }
  }
  if (digits === 0 || digits > MAX_DIGITS) return slowly(bytes, start, end);
  const magnitude = decimals > 0 ? value / powers[decimals]! : value;
  return sign === MINUS ? -magnitude : magnitude;
}

function slowly(bytes: Uint8Array, start: number, end: number): number | undefined {
  return parseDecimal(textIn(bytes, start, end));
}

/** The same of a text. */
export function parseDecimal(text: string): number | undefined {
  const trimmed = text.trim();
  if (!decimal.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}
